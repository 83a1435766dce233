import type { KeyHelp } from "../ui/keys/keyHelp";

export function KeyTable({ title, keys }: { title: string; keys: KeyHelp[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl className="keys">
        {keys.map(({ key, does }) => (
          <div key={`${key} ${does}`}>
            <dt><kbd className="kbd">{key}</kbd></dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

import type { ReactNode } from "react";
import "./propertyList.css";

/** Names and values in a row that wraps. */
export function PropertyList({ children }: { children: ReactNode }) {
  return <dl className="property-list">{children}</dl>;
}

export function Property({ name, look, title, children }: { name: string; look?: "error" | "warn" | false; title?: string; children: ReactNode }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd className={look ? `${look}-text` : ""}>{children}</dd>
    </div>
  );
}

import { Button } from "../../ui/Button";
import type { Address, Preset } from "./comparisonPresets";

/** Buttons for frequent comparisons, with their keys. */
export function Presets({ presets, onChoose }: { presets: Preset[]; onChoose: (address: Address) => void }) {
  return (
    <ul className="presets" aria-label="Presets">
      {presets.map(({ key, label, says, address }) => (
        <li key={key}>
          <Button disabled={!address} onClick={() => address && onChoose(address)} title={says}>
            {label} <span className="kbd" aria-hidden>{key}</span>
          </Button>
          <span className="meta ellipsis">{says}</span>
        </li>
      ))}
    </ul>
  );
}

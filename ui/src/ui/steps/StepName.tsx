import { visible } from "../../core/text";
import { Glyph } from "../Glyph";

/** The name of a step with the tile of its type. */
export function StepName({ name, type }: { name: string; type: string | null | undefined }) {
  return (
    <span className="step-name">
      <Glyph type={type} />
      <span className="ellipsis" title={type ? `${visible(name)} (${type})` : visible(name)}>{visible(name) || "(no name)"}</span>
      {type && <span className="visually-hidden"> ({type})</span>}
    </span>
  );
}

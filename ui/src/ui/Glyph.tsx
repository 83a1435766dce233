import { spanLook } from "../core/spanType";

/** The tile of a span's type. */
export function Glyph({ type }: { type: string | null | undefined }) {
  const look = spanLook(type);
  return (
    <span className="glyph" data-color={look.color} title={type ?? "no type"} aria-hidden>
      {look.letter}
    </span>
  );
}

import { joinFilters } from "../../core/joinFilters";
import type { Unit } from "../../core/chart";
import type { Side } from "../../net/analytics";
import type { Distributions, Histogram } from "../../core/types";
import { Overlay } from "../../ui/chart/Overlay";
import { SideFeedback } from "./SideFeedback";
import { SideFigures } from "./SideFigures";

const MEASURES: { title: string; unit: Unit; field: string; of: (side: Distributions) => Histogram }[] = [
  { title: "Duration", unit: "duration", field: "execution_time", of: (side) => side.latency_ms },
  { title: "Tokens", unit: "tokens", field: "tokens", of: (side) => side.tokens },
  { title: "Cost", unit: "money", field: "cost", of: (side) => side.cost },
];

/** The comparison of two loaded sides: metrics, distributions and feedback. */
export function Comparison({ experiment, a, b, sides }: { experiment: string; a: Distributions; b: Distributions; sides: { a: Side; b: Side } }) {
  return (
    <>
      <SideFigures experiment={experiment} a={a} b={b} sides={sides} />
      <section className="stack" aria-labelledby="spread">
        <h2 id="spread">Distributions</h2>
        <div className="overlays">
          {MEASURES.map(({ title, unit, field, of }) => (
            <Overlay
              key={field} title={title} unit={unit} a={of(a)} b={of(b)} experiment={experiment}
              targetOf={(side, low, high, count) => ({
                q: joinFilters(sides[side].q, `${field} >= ${low} AND ${field} < ${high}`), range: sides[side].range, count,
              })}
            />
          ))}
        </div>
      </section>
      <SideFeedback experiment={experiment} a={a.feedback} b={b.feedback} sides={sides} />
    </>
  );
}

import { type PointerEvent, useId, useState } from "react";
import { TracesLink } from "../address/TracesLink";
import type { TracesTarget } from "../address/tracesTarget";
import { tickText, type Unit, valueText } from "../../core/chart";
import { exact, percent } from "../../core/format";
import { type Axis, axisOf, binsOf, outline, axisPosition, rows, ticks, valueAt } from "../../core/histogram";
import type { Histogram } from "../../core/types";
import { TableToggle } from "./TableToggle";
import "./chart.css";

const HEIGHT = 130;

interface OverlayProps {
  title: string;
  unit: Unit;
  a: Histogram;
  b: Histogram;
  experiment: string;
  /** The target for traces of a side between two values. */
  targetOf: (side: "a" | "b", low: number, high: number, count: number) => TracesTarget;
}

/** The distributions of two sides overlaid, with a table view. */
export function Overlay(props: OverlayProps) {
  const { title, unit, a, b } = props;
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const id = useId();
  const axis = axisOf([a, b]);
  return (
    <section className="card chart" aria-labelledby={id}>
      <div className="row">
        <h3 id={id} className="grow ellipsis">{title}</h3>
        <span className="meta">{axis && pointed !== null && pointedText(unit, axis, pointed, a, b)}</span>
        <TableToggle title={title} asTable={asTable} onToggle={() => setAsTable(!asTable)} />
      </div>
      <ul className="legend">
        <Key side="A" color="side-a" histogram={a} unit={unit} />
        <Key side="B" color="side-b" histogram={b} unit={unit} />
      </ul>
      {!axis ? <p className="muted" style={{ height: HEIGHT }}>No values on either side.</p> : asTable ? (
        <BinTable {...props} />
      ) : (
        <Curves axis={axis} {...props} onPoint={setPointed} />
      )}
    </section>
  );
}

function Key({ side, color, histogram, unit }: { side: string; color: string; histogram: Histogram; unit: Unit }) {
  const zeros = binsOf(histogram).find((bin) => bin.low <= 0)?.count ?? 0;
  return (
    <li>
      <span className="swatch" style={{ color: `var(--${color})` }} aria-hidden />
      {side} <span>median <b>{valueText(unit, histogram.p50)}</b></span> <span>p90 <b>{valueText(unit, histogram.p90)}</b></span>
      {/* Zeros have no position on a logarithmic axis. */}
      {0 < zeros && <span>{exact(zeros)} at {valueText(unit, 0)}</span>}
    </li>
  );
}

function Curves({ axis, title, unit, a, b, onPoint }: OverlayProps & { axis: Axis; onPoint: (at: number | null) => void }) {
  const outlines = [{ color: "side-a", side: a, corners: outline(axis, a) }, { color: "side-b", side: b, corners: outline(axis, b) }];
  const highest = Math.max(0.001, ...outlines.flatMap(({ corners }) => corners.map(([, height]) => height)));
  const marks = ticks(axis, 7);
  const x = (at: number) => (at * 1000).toFixed(1);
  const y = (height: number) => ((1 - (height / highest) * 0.96) * 100).toFixed(2);
  const move = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    onPoint(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  const text = `${title}. A: median ${valueText(unit, a.p50)}, p90 ${valueText(unit, a.p90)}. B: median ${valueText(unit, b.p50)}, p90 ${valueText(unit, b.p90)}.`;
  return (
    <div className="overlay" role="img" aria-label={text} style={{ height: HEIGHT + 20 }} onPointerMove={move} onPointerLeave={() => onPoint(null)}>
      <svg viewBox="0 0 1000 100" preserveAspectRatio="none" style={{ height: HEIGHT }} aria-hidden>
        {outlines.map(({ color, side, corners }) => {
          const path = corners.map(([at, height], index) => `${index ? "L" : "M"}${x(at)} ${y(height)}`).join("");
          return (
            <g key={color} stroke={`var(--${color})`} fill={`var(--${color})`}>
              <path d={path} fillOpacity="0.16" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
              {side.p50 !== null && 0 < side.p50 && (
                <line x1={x(axisPosition(axis, side.p50))} x2={x(axisPosition(axis, side.p50))} y1="0" y2="100" strokeDasharray="4 3" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
              )}
            </g>
          );
        })}
      </svg>
      {marks.map((value) => (
        <span key={value} className="overlay-tick" style={{ left: `${axisPosition(axis, value) * 100}%` }} aria-hidden>{tickText(unit, value, value, marks.at(-1))}</span>
      ))}
    </div>
  );
}

function BinTable({ title, unit, a, b, experiment, targetOf }: OverlayProps) {
  return (
    <div className="table-scroll" style={{ height: HEIGHT + 20 }} tabIndex={0} role="region" aria-label={`${title}, table`}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">From – to</th>
            <th scope="col" className="num">Traces A</th>
            <th scope="col" className="num">Traces B</th>
          </tr>
        </thead>
        <tbody>
          {rows(a, b).map((row) => (
            <tr key={`${row.low} ${row.high}`}>
              <th scope="row">{valueText(unit, row.low)} – {valueText(unit, row.high)}</th>
              {(["a", "b"] as const).map((side) => (
                <td key={side} className="num">
                  <TracesLink experiment={experiment} target={targetOf(side, row.low, row.high, row[side] ?? 0)}>{exact(row[side] ?? 0)}</TracesLink>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The values at a position: `2.1 s – 2.8 s: A 12 %, B 5 %`. */
function pointedText(unit: Unit, axis: Axis, at: number, a: Histogram, b: Histogram): string {
  const value = valueAt(axis, at);
  const [inA, inB] = [a, b].map((side) => binsOf(side).find((bin) => bin.low <= value && value < bin.high));
  const bounds = inA ?? inB;
  if (!bounds) return valueText(unit, value);
  return `${valueText(unit, bounds.low)} – ${valueText(unit, bounds.high)}: A ${percent(inA?.share ?? 0)}, B ${percent(inB?.share ?? 0)}`;
}

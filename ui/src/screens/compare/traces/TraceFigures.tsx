import { duration, exact, money } from "../../../core/format";
import { visible } from "../../../core/text";
import type { AssessmentRow, TraceRow } from "../../../core/types";
import { AssessmentBadge } from "../../../ui/Assessment";
import { Delta } from "./Delta";
import { LETTERS } from "../../../core/letters";

interface Figure {
  name: string;
  of: (trace: TraceRow) => number | null;
  show: (value: number | null) => string;
  /** Show the difference as a number instead of a percentage. */
  absolute?: boolean;
  /** Neither more nor less is better. */
  neutral?: boolean;
}

const FIGURES: Figure[] = [
  { name: "Duration", of: (trace) => trace.duration_ms, show: duration },
  { name: "Tokens", of: (trace) => trace.total_tokens, show: exact },
  { name: "– in", of: (trace) => trace.input_tokens, show: exact },
  { name: "– out", of: (trace) => trace.output_tokens, show: exact },
  { name: "Cost", of: (trace) => trace.cost, show: money },
  { name: "Spans", of: (trace) => trace.span_count, show: exact, absolute: true, neutral: true },
  { name: "Failed spans", of: (trace) => trace.failed_spans, show: exact, absolute: true },
];

/** Metrics and assessments of the traces, each with its change from the first. */
export function TraceFigures({ traces }: { traces: TraceRow[] }) {
  const [first, ...others] = traces as [TraceRow, ...TraceRow[]];
  const figures = FIGURES.filter(({ of }) => traces.some((trace) => of(trace) !== null));
  const names = [...new Set(traces.flatMap((trace) => trace.assessments.map(({ name }) => name)))].sort();
  return (
    <div className="table-scroll" role="region" aria-label="Metrics" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col"><span className="visually-hidden">Metric</span></th>
            {traces.map((_, at) => <th scope="col" key={at}>{LETTERS[at]}</th>)}
            {others.map((_, at) => <th scope="col" key={at}>Δ{others.length > 1 && ` ${LETTERS[at + 1]}`}</th>)}
          </tr>
        </thead>
        <tbody>
          {figures.map(({ name, of, show, absolute, neutral }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {traces.map((trace, at) => <td key={at}>{show(of(trace))}</td>)}
              {others.map((trace, at) => <td key={at}><Delta before={of(first)} now={of(trace)} show={absolute || !of(first) ? show : undefined} neutral={neutral} /></td>)}
            </tr>
          ))}
          {names.map((name) => (
            <tr key={`assessment ${name}`}>
              <th scope="row">{visible(name)}</th>
              {traces.map((trace, at) => <td key={at}><Assessments list={trace.assessments.filter((one) => one.name === name)} /></td>)}
              {others.map((trace, at) => <td key={at}><Delta before={score(first, name)} now={score(trace, name)} show={(by) => String(Math.round(by * 1000) / 1000)} moreIsBetter /></td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Assessments({ list }: { list: AssessmentRow[] }) {
  if (list.length === 0) return <span className="muted">–</span>;
  return (
    <span className="row wrap">
      {list.map((one) => (
        <span key={one.assessment_id} className="compare-assessment">
          <AssessmentBadge assessment={one} />
          {one.rationale && <span className="meta">{visible(one.rationale)}</span>}
        </span>
      ))}
    </span>
  );
}

/** The only numeric assessment of that name. */
function score(trace: TraceRow, name: string): number | null {
  const list = trace.assessments.filter((one) => one.name === name);
  const value = list.length === 1 ? list[0]!.value : null;
  return typeof value === "number" ? value : null;
}

import { useNavigate } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useId, useState } from "react";
import { useStoredText } from "../browser/useStoredText";
import { useUtc } from "../browser/timeZone";
import { Button } from "../Button";
import { type TracesTarget, tracesSearch } from "../address/tracesTarget";
import { bucketLength, type ChartData, type Kind, describeChart, type Unit, valueText } from "../../core/chart";
import { momentLabel } from "../../core/timeRange";
import { useNow } from "../useNow";
import { ChartTable } from "./ChartTable";
import { TableToggle } from "./TableToggle";
import "./chart.css";

const Plot = lazy(() => import("./Plot"));

export interface ChartProps {
  title: string;
  unit: Unit;
  kind: Kind;
  data: ChartData;
  /** Legend values without a hovered bucket, one per series. */
  overall: (number | null)[];
  /** A remark below the title. */
  note?: ReactNode;
  height?: number;
  max?: number;
  syncKey: string;
  onZoom: (fromMs: number, toMs: number) => void;
  experiment: string;
  /** The target for the traces of a bucket, or of one series in it. */
  targetOf: (bucket: number, series: number | null) => TracesTarget;
}

/** A chart over time: canvas, legend with crosshair values, and table view. */
export function Chart({ title, unit, kind, data, overall, note, height = 168, max, syncKey, onZoom, experiment, targetOf }: ChartProps) {
  const [hover, setHover] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const [scale, setScale] = useStoredText("kansoku.chart.scale");
  // Only durations span powers of ten. A stack cannot be read on a logarithmic axis.
  const mayLog = unit === "duration" && kind === "steps";
  const log = mayLog && scale === "log";
  const utc = useUtc();
  const now = useNow();
  const id = useId();
  const navigate = useNavigate();
  const pick = (at: number, series: number | null) =>
    void navigate({ to: "/e/$e/traces", params: { e: experiment }, search: tracesSearch(targetOf(at, series)) as never });
  const bucket = hover !== null && hover < data.startMs.length ? hover : null;
  return (
    <section className="card chart" aria-labelledby={id}>
      <div className="row">
        <h3 id={id} className="grow ellipsis">{title}</h3>
        <span className="meta">{bucket === null ? `per ${bucketLength(data.bucketMs)}` : momentLabel(data.startMs[bucket]!, now, utc)}</span>
        {mayLog && !asTable && <Button small look="plain" aria-pressed={log} aria-label={`${title}: logarithmic scale`} title="Logarithmic scale" onClick={() => setScale(log ? null : "log")}>log</Button>}
        <TableToggle title={title} asTable={asTable} onToggle={() => setAsTable(!asTable)} />
      </div>
      {note && <p className="meta">{note}</p>}
      <ul className="legend">
        {data.series.map((series, at) => (
          <li key={at}>
            {!series.aside && <span className={series.dashed ? "swatch dashed" : "swatch"} style={{ color: `var(--${series.color})` }} aria-hidden />}
            <span className="ellipsis">{series.label}</span>
            <b>{valueText(series.aside ?? unit, bucket === null ? overall[at] : series.values[bucket])}</b>
          </li>
        ))}
      </ul>
      {asTable ? (
        <ChartTable unit={unit} data={data} label={title} experiment={experiment} targetOf={targetOf} height={height} />
      ) : (
        <div role="img" aria-label={describeChart(title, unit, kind, data, now, utc)}>
          <Suspense fallback={<div style={{ height }} />}>
            <Plot kind={kind} unit={unit} data={data} height={height} max={max} log={log} utc={utc} syncKey={syncKey} onHover={setHover} onZoom={onZoom} onPick={pick} />
          </Suspense>
        </div>
      )}
    </section>
  );
}

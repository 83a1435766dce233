import { useUtc } from "../browser/timeZone";
import { TracesLink } from "../address/TracesLink";
import type { TracesTarget } from "../address/tracesTarget";
import { absoluteTime } from "../../core/format";
import { type ChartData, type Unit, valueText } from "../../core/chart";

/** The numbers of a chart as a table; each row links to its traces. */
export function ChartTable({ unit, data, label, experiment, targetOf, height }: {
  unit: Unit;
  data: ChartData;
  label: string;
  experiment: string;
  targetOf: (bucket: number, series: number | null) => TracesTarget;
  height: number;
}) {
  const utc = useUtc();
  return (
    <div className="table-scroll" style={{ height }} tabIndex={0} role="region" aria-label={`${label}, table`}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">From</th>
            {data.series.map((series, at) => <th key={at} scope="col" className="num">{series.label}</th>)}
          </tr>
        </thead>
        <tbody>
          {data.startMs.map((ms, bucket) => (
            <tr key={ms}>
              <th scope="row">
                <TracesLink experiment={experiment} target={targetOf(bucket, null)}>{absoluteTime(ms, utc).slice(0, 19)}</TracesLink>
              </th>
              {data.series.map((series, at) => <td key={at} className="num">{valueText(series.aside ?? unit, series.values[bucket])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

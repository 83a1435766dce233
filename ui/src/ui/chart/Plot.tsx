import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { bucketAt, type ChartData, drawnSeries, endPadding, type Kind, seriesAt, stackSeries, stepSizes, tickText, tickWidth, timeTick, type Unit } from "../../core/chart";
import { drawMarks } from "./marks";
import { blocks, steps } from "./paths";
import { colorOf, useThemeVersion } from "./chartColors";

export interface PlotProps {
  kind: Kind;
  unit: Unit;
  data: ChartData;
  height: number;
  /** Upper end of the axis, for bounded values. */
  max?: number;
  /** Whether the value axis is logarithmic. */
  log: boolean;
  utc: boolean;
  /** Charts with the same key share a crosshair. */
  syncKey: string;
  onHover: (bucket: number | null) => void;
  onZoom: (fromMs: number, toMs: number) => void;
  onPick: (bucket: number, series: number | null) => void;
}

type Calls = Pick<PlotProps, "onHover" | "onZoom" | "onPick">;

/** The canvas of a chart. `Chart` shows the same data as text and as a table. */
export default function Plot({ kind, unit, data, height, max, log, utc, syncKey, onHover, onZoom, onPick }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const calls = useRef<Calls>({ onHover, onZoom, onPick });
  const theme = useThemeVersion();
  useEffect(() => {
    calls.current = { onHover, onZoom, onPick };
  });
  useEffect(() => {
    const element = box.current!;
    const size = () => ({ width: Math.max(element.clientWidth, 80), height });
    // Zero has no position on a logarithmic axis.
    const measured = (value: number | null) => (log && value !== null && value <= 0 ? null : value);
    const values = kind === "stacked" ? stackSeries(drawnSeries(data)) : drawnSeries(data).map((series) => series.values.map(measured));
    const made = new uPlot(
      { ...size(), ...options({ kind, unit, data, max, log, utc, syncKey }, calls) },
      [data.startMs, ...values] as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [kind, unit, data, height, max, log, utc, syncKey]);
  useEffect(() => {
    if (0 < theme) plot.current?.redraw(false);
  }, [theme]);
  return <div ref={box} className="plot" style={{ height }} aria-hidden />;
}

type Drawn = Pick<PlotProps, "kind" | "unit" | "data" | "max" | "log" | "utc" | "syncKey">;

function options({ kind, unit, data, max, log, utc, syncKey }: Drawn, calls: { current: Calls }): Omit<uPlot.Options, "width" | "height"> {
  const first = data.startMs[0] ?? 0;
  const last = (data.startMs.at(-1) ?? first) + data.bucketMs;
  const paths = kind === "stacked" ? blocks(data.bucketMs) : steps(data.bucketMs);
  // uPlot computes the axes before the padding, and both again until they fit.
  let lastTick = { ms: first, text: "" };
  const rightPadding = (plot: uPlot) => {
    // The box has no size when it is called first.
    const width = (plot.bbox.width || 0) / uPlot.pxRatio;
    return endPadding(lastTick.text, ((last - lastTick.ms) / (last - first)) * width);
  };
  const shared = { stroke: () => colorOf("fg3"), font: `11px ${colorOf("sans")}`, ticks: { show: false } };
  return {
    ms: 1,
    tzDate: (ms) => (utc ? uPlot.tzDate(new Date(ms), "Etc/UTC") : new Date(ms)),
    legend: { show: false },
    padding: [8, rightPadding, 0, 0],
    scales: {
      x: { time: true, range: () => [first, last] },
      y: log
        ? { distr: 3, log: 10, range: (_plot, low, high) => logRange(low, high) }
        : { range: (_plot, _low, high) => [0, max ?? (0 < high ? high * 1.06 : 1)] },
    },
    axes: [
      {
        ...shared, size: 22, gap: 4, space: 70, grid: { show: false },
        values: (_plot, splits, _axis, _space, step) => {
          const texts = splits.map((ms) => timeTick(ms, step, Date.now(), utc));
          lastTick = { ms: splits.at(-1) ?? first, text: texts.at(-1) ?? "" };
          return texts;
        },
      },
      {
        ...shared, gap: 4, space: 28, incrs: stepSizes(unit), grid: { stroke: () => colorOf("line"), width: 1 },
        size: (_plot, texts) => Math.max(32, 10 + Math.max(0, ...(texts ?? []).map(tickWidth))),
        values: (_plot, splits, _axis, _space, step) => splits.map((value) => (value === null ? "" : tickText(unit, value, log ? value : step, splits.findLast((split) => split !== null)))),
      },
    ],
    series: [
      {},
      ...drawnSeries(data).map((series): uPlot.Series => ({
        label: series.label,
        paths,
        points: { show: false },
        width: kind === "stacked" ? 0 : 1.75,
        dash: series.dashed ? [5, 4] : undefined,
        stroke: () => colorOf(series.color),
        fill: kind === "stacked" ? () => colorOf(series.color) : undefined,
      })),
    ],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      // Only pointer moves are synchronized, not clicks and zooms.
      sync: { key: syncKey, setSeries: false, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
    },
    hooks: {
      draw: [(plot) => drawMarks(plot, data.marks ?? [])],
      setCursor: [
        (plot) => {
          const left = plot.cursor.left ?? -1;
          calls.current.onHover(left < 0 ? null : bucketAt(data, plot.posToVal(left, "x")));
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          calls.current.onZoom(Math.round(plot.posToVal(left, "x")), Math.round(plot.posToVal(left + width, "x")));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      ready: [
        (plot) => {
          plot.over.addEventListener("click", () => {
            const { left = -1, top = 0 } = plot.cursor;
            const bucket = left < 0 ? null : bucketAt(data, plot.posToVal(left, "x"));
            if (bucket === null) return;
            const value = plot.posToVal(top, "y");
            const reach = Math.abs(plot.posToVal(top - 14, "y") - value);
            calls.current.onPick(bucket, seriesAt(kind, data, bucket, value, reach));
          });
        },
      ],
    },
  };
}

/** The axis range: powers of ten around the values. */
function logRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || low <= 0) return [1, 10];
  const from = 10 ** Math.floor(Math.log10(low));
  return [from, Math.max(from * 10, 10 ** Math.ceil(Math.log10(high)))];
}

// Lines at marked moments of a chart, with their labels.
import type uPlot from "uplot";
import type { Mark } from "../../core/chart";
import { colorOf } from "./chartColors";

/** Labels that would overlap the one before are left out; the line remains. */
const GAP = 6;

export function drawMarks({ ctx, bbox, valToPos, scales }: uPlot, marks: readonly Mark[]): void {
  const { min, max } = scales.x ?? {};
  if (min == null || max == null) return;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colorOf("fg2");
  ctx.fillStyle = colorOf("fg2");
  ctx.lineWidth = ratio;
  ctx.font = `${11 * ratio}px ${colorOf("sans")}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  let free = -Infinity;
  for (const { ms, label } of marks.toSorted((a, b) => a.ms - b.ms)) {
    if (ms < min || max < ms) continue;
    const x = Math.round(valToPos(ms, "x", true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(label).width;
    // Near the end of the chart, the label is before its line.
    const left = x + 3 * ratio + width <= bbox.left + bbox.width ? x + 3 * ratio : x - 3 * ratio - width;
    if (left < free) continue;
    ctx.fillText(label, left, bbox.top);
    free = left + width + GAP * ratio;
  }
  ctx.restore();
}

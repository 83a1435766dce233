// Path builders for values over buckets: no interpolation, and gaps stay gaps.
import type uPlot from "uplot";

type Paths = uPlot.Series.Paths;

function draw(stroke: Path2D | null, fill: Path2D | null): Paths {
  return { stroke, fill, clip: null, band: null, flags: 0 };
}

/** A step as wide as its bucket, joined to the next one if that has a value. */
export function steps(bucketMs: number): uPlot.Series.PathBuilder {
  return (plot, series, from, to) => {
    const path = new Path2D();
    const [xs, ys] = [plot.data[0], plot.data[series]!];
    let joined = false;
    for (let at = from; at <= to; at++) {
      const value = ys[at];
      if (value == null) {
        joined = false;
        continue;
      }
      const y = plot.valToPos(value, "y", true);
      const left = plot.valToPos(xs[at]!, "x", true);
      if (joined) path.lineTo(left, y);
      else path.moveTo(left, y);
      path.lineTo(plot.valToPos(xs[at]! + bucketMs, "x", true), y);
      joined = true;
    }
    return draw(path, null);
  };
}

/** A block as wide as its bucket, from the top of the series below. */
export function blocks(bucketMs: number): uPlot.Series.PathBuilder {
  return (plot, series, from, to) => {
    const path = new Path2D();
    const xs = plot.data[0];
    const tops = plot.data[series]!;
    const bottoms = series === 1 ? null : plot.data[series - 1]!;
    for (let at = from; at <= to; at++) {
      const top = tops[at] ?? 0;
      const bottom = bottoms?.[at] ?? 0;
      if (top <= bottom) continue;
      const left = Math.round(plot.valToPos(xs[at]!, "x", true));
      const right = Math.round(plot.valToPos(xs[at]! + bucketMs, "x", true));
      const high = plot.valToPos(top, "y", true);
      // A gap of one pixel between blocks, unless they are too narrow; non-zero blocks are always visible.
      const gap = right - left < 4 ? 0 : 1;
      const low = Math.max(plot.valToPos(bottom, "y", true), high + 1);
      path.rect(left, high, Math.max(right - left - gap, 1), low - high);
    }
    return draw(null, path);
  };
}

import { memo } from "react";
import { count, duration, exact, money, plural } from "../../../core/format";
import { spanLook } from "../../../core/spanType";
import { shorten, visible } from "../../../core/text";
import { modelOf, nameOf, typeOf } from "../../../core/trace/spanTree";
import { fitTo, type Zoom } from "../../../core/trace/zoom";
import { Glyph } from "../../Glyph";
import type { TraceModel } from "../useTrace";
import { Bar } from "./Bar";
import { MiniStrip } from "./MiniStrip";

export function rowId(at: number): string {
  return at < 0 ? `fold-${~at}` : `span-${at}`;
}

/** One span, or a folded run of the same step (`at` is `~first` then). */
export const WaterfallRow = memo(function WaterfallRow({ at, model, level, top, zoom, active, open, hit, place, among, onActivate, onOpen, onZoom }: {
  at: number;
  model: TraceModel;
  level: number;
  top: number;
  zoom: Zoom;
  active: boolean;
  open: boolean;
  hit: boolean;
  place: number;
  among: number;
  onActivate: (at: number) => void;
  onOpen: (at: number, open: boolean) => void;
  onZoom: (zoom: Zoom) => void;
}) {
  const { tree, path } = model;
  const span = at < 0 ? ~at : at;
  const fold = at < 0 ? model.folds.get(span)! : null;
  const name = shorten(visible(nameOf(tree, span)), 300);
  const type = typeOf(tree, span);
  const below = fold ? fold.end - fold.first : tree.end[span]! - span - 1;
  const failed = fold ? 0 < fold.failed : tree.failed[span] === 1;
  const hidden = !open && 0 < below;
  const failedBelow = fold ? fold.failed : tree.failedBelow[span]!;
  const from = fold ? fold.from : tree.start[span]!;
  const to = fold ? fold.to : from + tree.duration[span]!;
  const time = duration((to - from) / 1000);
  // A collapsed or folded row shows the sums of the spans it hides.
  const tokens = fold ? fold.tokens : hidden ? model.sums.tokens[span] : tree.tokens[span];
  const cost = fold ? fold.cost : hidden ? model.sums.cost[span] : tree.cost[span];
  const description = [
    `${name}, ${type}`,
    fold && `${fold.count} times`,
    time,
    failed && (fold ? plural(fold.failed, "failure") : "failed"),
    !fold && tree.open[span] === 1 && "running",
    tokens != null && `${tokens} tokens`,
    cost != null && money(cost),
    hidden && `${plural(below, "span")} inside`,
    hidden && !failed && 0 < failedBelow && plural(failedBelow, "failure"),
  ].filter(Boolean).join(", ");

  return (
    <div
      id={rowId(at)}
      className={`waterfall-row${active ? " active" : ""}${failed ? " failed" : ""}${hit ? " hit" : ""}`}
      role="treeitem"
      aria-label={description}
      aria-level={level + 1}
      aria-posinset={place}
      aria-setsize={among}
      aria-selected={active}
      aria-expanded={0 < below ? open : undefined}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onActivate(at)}
      onDoubleClick={() => onZoom(fitTo(from, to, tree.durationUs))}
    >
      <div className="waterfall-name" style={{ paddingLeft: 4 + Math.min(level, 30) * 13 }}>
        <span
          className="twist"
          onClick={(event) => { if (0 < below) { event.stopPropagation(); onOpen(at, !open); } }}
          onDoubleClick={(event) => event.stopPropagation()}
        >
          {0 < below ? (open ? "▾" : "▸") : ""}
        </span>
        <Glyph type={type} />
        <span className="ellipsis name" title={`${name} · ${type}${modelOf(tree, span) ? ` · ${visible(modelOf(tree, span)!)}` : ""}`}>
          {failed && !fold && <b aria-hidden>✕ </b>}
          {name}
        </span>
        {fold && <span className="times">×{fold.count}</span>}
        {hidden && !fold && <span className="times">+{count(below)}</span>}
        {fold && 0 < fold.failed && <span className="error-text times">✕ {count(fold.failed)}</span>}
        {hidden && !failed && 0 < failedBelow && <span className="error-text times">✕ {failedBelow}</span>}
        {tree.orphan[span] === 1 && <span className="warn-text times" title="Its parent span is missing">no parent</span>}
      </div>
      <div className="waterfall-bars">
        <Bar
          from={from}
          to={to}
          zoom={zoom}
          color={spanLook(type).color}
          failed={failed}
          running={!fold && tree.open[span] === 1}
          thin={hidden}
          critical={!fold && path.on[span] === 1 && (hidden || 0 < path.own[span]!)}
          firstToken={fold ? null : (tree.firstToken[span] ?? null)}
        />
        {hidden && <MiniStrip tree={tree} first={fold ? span : span + 1} end={fold ? fold.end : tree.end[span]!} zoom={zoom} />}
      </div>
      <div className="waterfall-figure of-tokens" title={tokens == null ? undefined : `${exact(tokens)} tokens`}>{tokens != null && count(tokens)}</div>
      <div className="waterfall-figure of-cost" title={cost == null ? undefined : money(cost)}>{cost != null && money(cost)}</div>
      <div className="waterfall-figure">{!fold && tree.open[span] === 1 ? "running" : time}</div>
    </div>
  );
});

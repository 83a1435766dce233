import { memo } from "react";
import { duration, plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { longestOnPath } from "../../../core/trace/criticalPath";
import { nameOf } from "../../../core/trace/spanTree";
import { failures } from "../../../core/trace/walk";
import type { TraceModel } from "../useTrace";

/** The critical path and counts, with links to the spans. */
export const Footer = memo(function Footer({ model, onSelect }: { model: TraceModel; onSelect: (span: number) => void }) {
  const { tree, path } = model;
  const failed = failures(tree);
  return (
    <div className="waterfall-footer">
      {tree.count < tree.total && <span role="status">{plural(tree.count, "span")} of {tree.total} are here …</span>}
      {0 < failed && <span>{plural(failed, "failed span")}</span>}
      {0 < tree.orphans && <span className="warn-text">{plural(tree.orphans, "span")} arrived without {tree.orphans === 1 ? "its parent" : "their parent"}</span>}
      <span className="ellipsis">
        <i className="critical-sample" aria-hidden /> critical path {duration(path.totalUs / 1000)}:{" "}
        {longestOnPath(path, 3).map((span, nth) => (
          <span key={span}>
            {0 < nth && ", "}
            <button type="button" className="link" onClick={() => onSelect(span)}>
              {shorten(visible(nameOf(tree, span)), 40)} {duration(path.own[span]! / 1000)}
            </button>
          </span>
        ))}
      </span>
    </div>
  );
});

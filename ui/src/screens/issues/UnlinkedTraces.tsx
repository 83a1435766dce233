import { useState } from "react";
import { plural } from "../../core/format";
import { issueFilter, rootCauseOf, type Issue } from "../../core/issue";
import { shorten, visible } from "../../core/text";
import type { TraceGroup } from "../../core/types";
import { type Side, sideRange, useSideGroups } from "../../net/analytics";
import { TracesLink } from "../../ui/address/TracesLink";
import { Button } from "../../ui/Button";
import { LazyLinkToIssue } from "../../ui/curate/LazyLinkToIssue";

/** Traces that fail with an error of the issue and are not linked to it yet, such as newer ones. */
export function UnlinkedTraces({ e, issue, side }: { e: string; issue: Issue; side: Side }) {
  const causes = issue.root_causes ?? [];
  const unlinked: Side = { ...side, q: `NOT ${issueFilter(issue.issue_id)}` };
  const { data } = useSideGroups(e, unlinked, "error", { enabled: 0 < causes.length });
  const [linking, setLinking] = useState<TraceGroup | null>(null);
  const groups = (data?.groups ?? []).filter(({ value }) => value !== null && causes.includes(rootCauseOf(value)));
  return (
    <>
      {groups.length > 0 && <ul className="unlinked">
        {groups.map((group) => (
          <li key={group.filter} className="row wrap">
            <span className="grow">
              <TracesLink experiment={e} target={{ q: group.filter, range: side.range, count: group.traces }}>{plural(group.traces, "more trace")}</TracesLink>
              {group.traces === 1 ? " fails" : " fail"} with <code>{shorten(visible(group.value ?? ""), 200)}</code>
            </span>
            <Button small onClick={() => setLinking(group)}>Link {group.traces === 1 ? "it" : "them"}</Button>
          </li>
        ))}
      </ul>}
      {linking && (
        <LazyLinkToIssue
          experiment={e} target={{ all: { experiment: e, q: linking.filter, ...sideRange(side) }, count: linking.traces }} chosen={issue.issue_id}
          onClose={() => setLinking(null)}
        />
      )}
    </>
  );
}

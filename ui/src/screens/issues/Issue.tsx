import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { exact } from "../../core/format";
import { issueFilter } from "../../core/issue";
import { ALL } from "../../core/timeRange";
import { useTraffic } from "../../net/analytics";
import { useIssue } from "../../net/issues";
import { TracesLink } from "../../ui/address/TracesLink";
import { useRangeKeys } from "../../ui/address/useRangeKeys";
import { useTimeRange } from "../../ui/address/useTimeRange";
import { useUtc } from "../../ui/browser/timeZone";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { TrafficChart } from "../../ui/chart/TrafficChart";
import { CopyButton } from "../../ui/CopyButton";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { PageProblem } from "../../ui/PageProblem";
import { Property, PropertyList } from "../../ui/PropertyList";
import { ErrorState, LoadingRows } from "../../ui/State";
import { Time } from "../../ui/Time";
import { TimeRange } from "../../ui/TimeRange";
import { IssueProperties } from "./IssueProperties";
import { IssueText } from "./IssueText";
import { IssueTraces } from "./IssueTraces";
import { LinkTracesDialog } from "./LinkTracesDialog";
import { UnlinkedTraces } from "./UnlinkedTraces";
import "./issues.css";

/** One issue: its description, status, severity and owner, its traffic and its traces. */
export default function Issue() {
  const { e, issue: issueId } = useParams({ strict: false }) as { e: string; issue: string };
  const { data: issue, error, refetch } = useIssue(issueId);
  const range = useTimeRange(ALL);
  const side = { q: issueFilter(issueId), range: range.text, utc: useUtc() };
  const traffic = useTraffic(e, side);
  const [linking, setLinking] = useState(false);
  const [editing, setEditing] = useState(false);
  const navigate = useNavigate();
  useTitle(issue?.name, "Issue");
  useRangeKeys(range);
  useHotkeys({ r: () => void traffic.refetch() });
  // Esc does not leave the page while something is typed.
  useHotkeys({ Escape: () => void navigate({ to: "/e/$e/issues", params: { e } }) }, !editing);

  if (error && !issue) {
    return <PageProblem what="issue" error={error} onRetry={() => void refetch()}><Link to="/e/$e/issues" params={{ e }}>See all issues</Link></PageProblem>;
  }
  if (!issue) return <div className="page"><LoadingRows /></div>;
  const { data } = traffic;
  return (
    <div className="page issues">
      {traffic.isFetching && data && <div className="progress-line" />}
      <div className="row wrap">
        <Link to="/e/$e/issues" params={{ e }} className="button plain">← Issues</Link>
        <span className="grow" />
        <code className="muted ellipsis">{issueId}</code>
        <CopyButton text={issueId} label="Copy the issue id" />
      </div>
      <IssueText issue={issue} editing={editing} onEdit={setEditing} />
      <IssueProperties e={e} issue={issue} />
      <section className="stack" aria-labelledby="traffic">
        <div className="row wrap">
          <h2 id="traffic" className="grow">Traffic</h2>
          <TimeRange value={range.text} onChange={range.set} />
          <Button onClick={() => setLinking(true)}>Link traces</Button>
          {data && 0 < data.traces && <TracesLink experiment={e} target={{ q: side.q, range: range.text }} className="button">Open in the trace list</TracesLink>}
        </div>
        {traffic.error ? <ErrorState error={traffic.error} doing="load the traffic" onRetry={() => void traffic.refetch()} />
          : !data ? <LoadingRows rows={5} height={44} />
          : data.traces === 0 ? (
            range.text.from === ALL && !range.text.to
              ? <p className="muted">No traces are linked yet. Select some in the trace list and choose <i>Issue</i>, or link them by their ids.</p>
              : <p className="row wrap"><span className="muted">No traces of this issue in this time range.</span> <Button small onClick={() => range.set({ from: ALL, to: "" })}>All time</Button></p>
          ) : (
            <>
              <PropertyList>
                <Property name="Traces">{exact(data.traces)}</Property>
                <Property name="Failed" look={0 < data.errors && "error"}>{exact(data.errors)}</Property>
                <Property name="First seen"><Time ms={data.oldest_ms} /></Property>
                <Property name="Last seen"><Time ms={data.newest_ms} /></Property>
              </PropertyList>
              <TrafficChart experiment={e} q={side.q} summary={data} onZoom={range.zoomTo} />
            </>
          )}
      </section>
      <UnlinkedTraces e={e} issue={issue} side={side} />
      {data && 0 < data.traces && <IssueTraces e={e} issue={issue} side={side} total={data.traces} />}
      {linking && <LinkTracesDialog e={e} issue={issue} onClose={() => setLinking(false)} />}
    </div>
  );
}

import { Link } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { Fragment } from "react";
import { visible } from "../../../core/text";
import type { TraceRow } from "../../../core/types";
import { Button } from "../../../ui/Button";
import { CopyButton } from "../../../ui/CopyButton";
import { Outcome, outcomeOf } from "../../../ui/Outcome";
import { LETTERS } from "../../../core/letters";

export function CompareBar({ traces, sideBySide, onSwap, onView }: {
  traces: TraceRow[];
  sideBySide: boolean;
  onSwap: () => void;
  onView: () => void;
}) {
  return (
    <header className="row wrap">
      <Link className="button plain" to="/e/$e/traces" params={{ e: traces[0]!.experiment_id }}>← Traces</Link>
      <h1>Compare</h1>
      {traces.map((trace, at) => (
        <Fragment key={at}>
          {at > 0 && <span aria-hidden>{at === 1 ? "→" : ","}</span>}
          <Link className="badge compare-trace" to="/t/$traceId" params={{ traceId: trace.trace_id }} title={visible(`${trace.name ?? ""} ${trace.trace_id}`)}>
            <b>{LETTERS[at]}</b>
            <span className="mono">{visible(trace.trace_id.slice(0, 11))}</span>
            {trace.version && <span className="ellipsis">{visible(trace.version)}</span>}
            <Outcome outcome={outcomeOf(trace)} />
          </Link>
        </Fragment>
      ))}
      <Button onClick={onSwap} title="s"><ArrowLeftRight aria-hidden /> Swap</Button>
      <span className="grow" />
      <span className="segmented" role="group" aria-label="Text view">
        <Button aria-pressed={!sideBySide} onClick={() => sideBySide && onView()}>Diff</Button>
        <Button aria-pressed={sideBySide} onClick={() => !sideBySide && onView()}>Side by side</Button>
      </span>
      <CopyButton small={false} label="Copy the link to this comparison" text={() => location.href}>Copy link</CopyButton>
    </header>
  );
}

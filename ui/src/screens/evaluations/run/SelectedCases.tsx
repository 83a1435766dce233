import { CircleDot, ClipboardCheck, Database, X } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { plural } from "../../../core/format";
import { Button, IconButton } from "../../../ui/Button";

const AddToDataset = lazy(() => import("../../../ui/curate/AddToDataset"));
const LinkToIssue = lazy(() => import("../../../ui/curate/LinkToIssue"));
const SendToReview = lazy(() => import("../../../ui/curate/SendToReview"));

/** Actions on the selected cases. */
export function SelectedCases({ e, traceIds, onClear }: { e: string; traceIds: string[]; onClear: () => void }) {
  const [opened, setOpened] = useState<"dataset" | "review" | "issue" | null>(null);
  const close = () => setOpened(null);
  return (
    <>
      <div className="selection-bar" role="toolbar" aria-label="Selected cases">
        <span className="nowrap">{plural(traceIds.length, "case")} selected</span>
        <span className="grow" />
        <Button small onClick={() => setOpened("dataset")}><Database aria-hidden /> Dataset</Button>
        <Button small onClick={() => setOpened("review")}><ClipboardCheck aria-hidden /> Review</Button>
        <Button small onClick={() => setOpened("issue")}><CircleDot aria-hidden /> Issue</Button>
        <IconButton look="plain" small label="Clear the selection" icon={<X aria-hidden />} onClick={onClear} />
      </div>
      <Suspense fallback={null}>
        {opened === "dataset" && <AddToDataset experiment={e} target={{ ids: traceIds }} onClose={close} />}
        {opened === "review" && <SendToReview experiment={e} target={{ ids: traceIds }} onClose={close} />}
        {opened === "issue" && <LinkToIssue experiment={e} target={{ ids: traceIds }} onClose={close} />}
      </Suspense>
    </>
  );
}

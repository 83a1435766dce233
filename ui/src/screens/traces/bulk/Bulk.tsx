import { lazy } from "react";
import type { Target } from "../../../ui/curate/target";
import LinkToIssue from "../../../ui/curate/LinkToIssue";
import type { BulkAction } from "../SelectionBar";
import { AssessDialog } from "./AssessDialog";
import { DeleteDialog } from "./DeleteDialog";
import { TagDialog } from "./TagDialog";

const AddToDataset = lazy(() => import("../../../ui/curate/AddToDataset"));
const SendToReview = lazy(() => import("../../../ui/curate/SendToReview"));

const DIALOGS = { tag: TagDialog, assess: AssessDialog, dataset: AddToDataset, issue: LinkToIssue, review: SendToReview, delete: DeleteDialog };

export default function Bulk({ action, ...rest }: {
  action: BulkAction;
  experiment: string;
  target: Target;
  onDone: (ids: string[]) => void;
  onClose: () => void;
}) {
  const Chosen = DIALOGS[action];
  return <Chosen {...rest} />;
}

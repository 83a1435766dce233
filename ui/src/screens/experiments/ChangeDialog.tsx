import type { ExperimentSummary } from "../../core/types";
import { DeleteExperiment } from "./DeleteExperiment";
import { ExperimentTags } from "./ExperimentTags";
import { NameExperiment } from "./NameExperiment";

export type Change =
  | { kind: "create" }
  | { kind: "rename" | "delete" | "tags"; experiment: ExperimentSummary };

/** The dialog for the chosen action on an experiment. */
export function ChangeDialog({ change, onClose }: { change: Change; onClose: () => void }) {
  switch (change.kind) {
    case "create": return <NameExperiment experiment={null} onClose={onClose} />;
    case "rename": return <NameExperiment experiment={change.experiment} onClose={onClose} />;
    case "delete": return <DeleteExperiment experiment={change.experiment} onClose={onClose} />;
    case "tags": return <ExperimentTags experiment={change.experiment} onClose={onClose} />;
  }
}

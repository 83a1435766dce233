import { useState } from "react";
import { ownTags } from "../../core/experimentOrder";
import { useChangeExperiment, useExperiments } from "../../net/experiments";
import type { ExperimentSummary } from "../../core/types";
import { Dialog } from "../../ui/Dialog";
import { TagEditor } from "../../ui/TagEditor";

/** The tags of an experiment, which include its retention. */
export function ExperimentTags({ experiment, onClose }: { experiment: ExperimentSummary; onClose: () => void }) {
  const { experiment_id } = experiment;
  const { data } = useExperiments();
  const { mutateAsync } = useChangeExperiment({ quiet: true });
  const [problem, setProblem] = useState<string | null>(null);
  const now = data?.experiments.find((one) => one.experiment_id === experiment_id) ?? experiment;
  const attempt = async (change: Parameters<typeof mutateAsync>[0]) => {
    setProblem(null);
    try {
      await mutateAsync(change);
      return true;
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      return false;
    }
  };
  return (
    <Dialog title={`Tags of ${now.name}`} onClose={onClose}>
      <TagEditor
        tags={ownTags(now)}
        onSet={(key, value) => attempt({ kind: "set tag", experiment_id, key, value })}
        onDelete={(key) => attempt({ kind: "delete tag", experiment_id, key })}
      />
      {problem && <p className="error-text" role="alert">{problem}</p>}
      <p className="meta">
        <code>kansoku.retention.maxAge</code> (such as <code>30d</code>) and <code>kansoku.retention.maxBytes</code> (such as <code>10GB</code>)
        set how much is kept; <code>none</code> means no limit.
      </p>
    </Dialog>
  );
}

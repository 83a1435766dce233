import { bytes, exact, plural } from "../../core/format";
import { useRetentionPreview } from "../../net/storage";
import { useDebounced } from "../../ui/useDebounced";

/** What becomes of expired traces, if all, some or none of them are in an archive. */
const OUTCOMES = {
  all: "will leave the hot store and stay in the archive.",
  some: "will be deleted; only traces that are archived already stay in the archive.",
  none: "will be deleted for good.",
};

/** Limits are previewed after a pause in typing. */
const PAUSE_MS = 300;

/** How many traces of an experiment have expired under the limits that are being typed, and the space that they occupy. */
export function ExpiringTraces({ experiment, age, size, archive }: {
  experiment: string;
  age: string;
  size: string;
  archive: keyof typeof OUTCOMES;
}) {
  const { data: preview, isError } = useRetentionPreview(experiment, useDebounced(age.trim(), PAUSE_MS), useDebounced(size.trim(), PAUSE_MS));
  return (
    <p role="status">
      {preview && !isError && (preview.expired_traces === 0 ? "No trace has expired under these limits." : (
        <>
          {exact(preview.expired_traces)} of {plural(preview.traces, "trace")} {preview.expired_traces === 1 ? "has" : "have"} expired under these
          limits: about {bytes(preview.expired_payload_bytes)} of payload <span className={archive === "all" ? "" : "warn-text"}>{OUTCOMES[archive]}</span>
        </>
      ))}
    </p>
  );
}

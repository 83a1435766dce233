import { statusWord, type LoggedModel } from "../../core/loggedModel";
import { Outcome, type OutcomeName } from "../../ui/Outcome";

const LOOKS: Record<string, OutcomeName> = { LOGGED_MODEL_READY: "ok", LOGGED_MODEL_UPLOAD_FAILED: "error" };

export function VersionStatus({ model }: { model: LoggedModel }) {
  return <span title={statusWord(model)}><Outcome outcome={LOOKS[model.info.status] ?? "running"} /></span>;
}

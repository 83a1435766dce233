import { Outcome, type OutcomeName } from "./Outcome";

const LOOKS: Record<string, OutcomeName> = { FINISHED: "ok", FAILED: "error", KILLED: "error" };

export function RunStatus({ status }: { status: string }) {
  return <span title={status.toLowerCase()}><Outcome outcome={LOOKS[status] ?? "running"} /></span>;
}

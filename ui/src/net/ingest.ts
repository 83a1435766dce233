import { useQuery } from "@tanstack/react-query";
import type { Ledger } from "../core/ingestChecks";
import { kansoku } from "./api";
import { ROOT } from "./root";

const POLL_MS = 3000;

/** The ingest ledger: received and rejected data by sender. Polled while it is shown. */
export function useLedger() {
  return useQuery({
    queryKey: ["ingest"],
    queryFn: ({ signal }) => kansoku<Ledger>("ingest", {}, { signal }),
    refetchInterval: POLL_MS,
  });
}

/** `OK`, or the reason why the server accepts no data. */
export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    // A server that cannot write responds with 503 and the reason, which is shown.
    queryFn: async ({ signal }) => (await (await fetch(`${ROOT}health`, { signal })).text()).trim() || "no response",
    refetchInterval: POLL_MS,
  });
}

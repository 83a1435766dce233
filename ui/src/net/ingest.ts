import { useQuery } from "@tanstack/react-query";
import type { Ledger } from "../core/ingestChecks";
import { kansoku } from "./api";
import { ROOT } from "./root";

const POLL_MS = 3000;

/** What has arrived, from whom, and what was refused; asked for again while somebody looks. */
export function useLedger() {
  return useQuery({
    queryKey: ["ingest"],
    queryFn: ({ signal }) => kansoku<Ledger>("ingest", {}, { signal }),
    refetchInterval: POLL_MS,
  });
}

/** `OK`, or why the server cannot take anything. */
export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    // A server that cannot write answers 503 and says why: that is an answer, too.
    queryFn: async ({ signal }) => (await (await fetch(`${ROOT}health`, { signal })).text()).trim() || "no response",
    refetchInterval: POLL_MS,
  });
}

// The demo data that the server makes for a first look.
import { useMutation, useQuery } from "@tanstack/react-query";
import type { DemoStatus } from "../core/types";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";

const POLL_MS = 500;
const KEY = ["demo"];

/** How far the demo data is; undefined for those who may not see all experiments. */
export function useDemo(): DemoStatus | undefined {
  const { data } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => kansoku<DemoStatus>("demo", {}, { signal }),
    refetchInterval: (query) => (query.state.data?.state === "running" ? POLL_MS : false),
    retry: false,
    meta: { quiet: true },
  });
  return data;
}

/** Starts it; the caller shows what the server refuses. */
export function useStartDemo() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: () => kansoku<DemoStatus>("demo", {}, { method: "POST" }),
    onSuccess: (status) => {
      queryClient.setQueryData(KEY, status);
      void queryClient.invalidateQueries({ queryKey: ["experiments"] });
    },
  });
}

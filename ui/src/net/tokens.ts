import { useMutation, useQuery } from "@tanstack/react-query";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import type { TokenList } from "./types";

export interface NewToken {
  token_id: string;
  name: string;
  /** Shown once: only its hash is kept. */
  token: string;
}

export function useTokens() {
  return useQuery({ queryKey: ["tokens"], queryFn: ({ signal }) => kansoku<TokenList>("tokens", {}, { signal }) });
}

export function useCreateToken() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: async ({ name, first }: { name: string; first: boolean }) => {
      const made = await kansoku<NewToken>("tokens", {}, { method: "POST", body: { name } });
      // From the first one on this browser needs a token, too, and nobody has read this one yet.
      if (first) await kansoku("session", {}, { method: "POST", body: { token: made.token } });
      return made;
    },
    onSuccess: tokensChanged,
  });
}

export function useDeleteToken() {
  return useMutation({
    mutationFn: (tokenId: string) => kansoku(`tokens/${encodeURIComponent(tokenId)}`, {}, { method: "DELETE" }),
    onSuccess: tokensChanged,
  });
}

function tokensChanged() {
  void queryClient.invalidateQueries({ queryKey: ["server"] });
  return queryClient.invalidateQueries({ queryKey: ["tokens"] });
}

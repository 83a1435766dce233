import { useMutation, useQuery } from "@tanstack/react-query";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import type { TokenList } from "../core/types";

export interface NewToken {
  token_id: string;
  name: string;
  /** The secret. It is shown once, as the server stores only its hash. */
  token: string;
}

export interface TokenRequest {
  name: string;
  scopes: readonly string[];
  experiments?: string[];
  experiment_prefixes?: string[];
  expires_ms?: number | undefined;
}

export function useTokens(enabled: boolean) {
  return useQuery({ queryKey: ["tokens"], queryFn: ({ signal }) => kansoku<TokenList>("tokens", {}, { signal }), enabled });
}

/** Creating the first token signs the browser in: the response sets the cookie. */
export function useCreateToken() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: (token: TokenRequest) => kansoku<NewToken>("tokens", {}, { method: "POST", body: token }),
    onSuccess: tokensChanged,
  });
}

export function useRotateToken() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: ({ tokenId, graceS }: { tokenId: string; graceS: number }) =>
      kansoku<NewToken>(`tokens/${encodeURIComponent(tokenId)}/rotate`, {}, { method: "POST", body: { grace_s: graceS } }),
    onSuccess: tokensChanged,
  });
}

export function useDeleteToken() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: (tokenId: string) => kansoku(`tokens/${encodeURIComponent(tokenId)}`, {}, { method: "DELETE" }),
    onSuccess: tokensChanged,
  });
}

function tokensChanged() {
  void queryClient.invalidateQueries({ queryKey: ["server"] });
  return queryClient.invalidateQueries({ queryKey: ["tokens"] });
}

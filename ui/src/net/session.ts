// Signing in with a token, and out again.
import { useMutation } from "@tanstack/react-query";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import { useServer } from "./server";

export function useSignIn() {
  return useMutation({
    // The form shows the error.
    meta: { quiet: true },
    mutationFn: (token: string) => kansoku("session", {}, { method: "POST", body: { token } }),
    onSuccess: () => queryClient.invalidateQueries(),
  });
}

/** Signs out; `null` if the server requires no tokens. */
export function useSignOut(): (() => void) | null {
  const { data: server } = useServer();
  const { mutate } = useMutation({
    mutationFn: () => kansoku("session", {}, { method: "DELETE" }),
    // Another user may not see the cached data.
    onSuccess: () => queryClient.resetQueries(),
  });
  return server?.needs_token ? () => mutate() : null;
}

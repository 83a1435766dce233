// Signing in with a token, and out again.
import { useMutation } from "@tanstack/react-query";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import { useServer } from "./server";

export function useSignIn() {
  return useMutation({
    // The form says what went wrong.
    meta: { quiet: true },
    mutationFn: (token: string) => kansoku("session", {}, { method: "POST", body: { token } }),
    onSuccess: () => queryClient.invalidateQueries(),
  });
}

/** Signs out; `null` where no token is needed and so nobody is signed in. */
export function useSignOut(): (() => void) | null {
  const { data: server } = useServer();
  const { mutate } = useMutation({
    mutationFn: () => kansoku("session", {}, { method: "DELETE" }),
    // What one may see now, another may not see later.
    onSuccess: () => queryClient.resetQueries(),
  });
  return server?.needs_token ? () => mutate() : null;
}

// The author of feedback: the signed-in user, or else the name chosen in this browser.
import { queryClient } from "./queryClient";
import type { ServerInfo } from "../core/types";

const KEY = "kansoku.reviewer";
/** The author without a name, as in MLflow's clients. */
export const NOBODY = "default";

/** The name of the token that the user signed in with. */
export function signedInName(): string | null {
  return queryClient.getQueryData<ServerInfo>(["server"])?.token_name ?? null;
}

export function personName(): string {
  return signedInName() ?? (localStorage.getItem(KEY) || NOBODY);
}

export function setPersonName(name: string): void {
  localStorage.setItem(KEY, name.trim());
}

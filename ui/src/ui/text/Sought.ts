import { createContext, useContext } from "react";

/** What somebody looks for in the trace: marked wherever text is shown. */
export const SoughtContext = createContext<string | null>(null);

export function useSought(): string | null {
  return useContext(SoughtContext);
}

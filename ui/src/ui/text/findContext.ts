import { createContext, useContext } from "react";

/** What somebody looks for in the trace: marked wherever text is shown. */
export const FindContext = createContext<string | null>(null);

export function useFindText(): string | null {
  return useContext(FindContext);
}

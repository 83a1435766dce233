import { createContext, useContext } from "react";

/** The search text of the trace, marked wherever text is shown. */
export const FindContext = createContext<string | null>(null);

export function useFindText(): string | null {
  return useContext(FindContext);
}

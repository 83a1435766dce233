import { createContext, useContext } from "react";

/** The text searched for in the trace; all components that show text mark its hits. */
export const FindContext = createContext<string | null>(null);

export function useFindText(): string | null {
  return useContext(FindContext);
}

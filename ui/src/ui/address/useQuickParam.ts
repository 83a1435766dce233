import { useEffect, useRef, useState } from "react";
import { useUrl } from "./useUrl";

const WRITE_AFTER_MS = 150;

/**
 * A URL parameter that changes rapidly: applied at once, written to the address after a pause,
 * without a history entry.
 */
export function useQuickParam(key: string): [string | undefined, (value: string | null) => void] {
  const [search, change] = useUrl();
  const written = search[key];
  const [ahead, setAhead] = useState<{ value: string | undefined; over: string | undefined } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (ahead && (ahead.value === written || ahead.over !== written)) setAhead(null);
  useEffect(() => () => clearTimeout(timer.current), []);
  const set = (value: string | null) => {
    clearTimeout(timer.current);
    setAhead({ value: value ?? undefined, over: written });
    timer.current = setTimeout(() => change({ [key]: value }, { replace: true }), WRITE_AFTER_MS);
  };
  return [ahead && ahead.over === written ? ahead.value : written, set];
}

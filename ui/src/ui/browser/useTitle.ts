import { useEffect } from "react";

/** The title of the tab: `✕ support_agent · 9.41 s – support-agent – Kansoku` */
export function useTitle(...parts: (string | null | undefined)[]): void {
  const title = [...parts, "Kansoku"].filter(Boolean).join(" – ");
  useEffect(() => {
    document.title = title;
  }, [title]);
}

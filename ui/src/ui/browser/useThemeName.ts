import { useSyncExternalStore } from "react";

/** The current theme. It rerenders on a change, since canvases must be redrawn. */
export function useThemeName(): string {
  return useSyncExternalStore(subscribe, () => `${document.documentElement.dataset.theme ?? "system"} ${matchMedia("(prefers-color-scheme: dark)").matches}`);
}

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", listener);
  return () => {
    observer.disconnect();
    query.removeEventListener("change", listener);
  };
}

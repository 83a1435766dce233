import { useSyncExternalStore } from "react";
import { Button } from "./Button";
import { current, dismiss, subscribe } from "../core/toastQueue";

export function Toasts() {
  const toasts = useSyncExternalStore(subscribe, current);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={toast.error ? "toast error" : "toast"}>
          <span className="grow">{toast.text}</span>
          {toast.action && (
            <Button small onClick={() => { toast.action?.run(); dismiss(toast.id); }}>{toast.action.label}</Button>
          )}
          <Button small look="plain" onClick={() => dismiss(toast.id)}>Dismiss</Button>
        </div>
      ))}
    </div>
  );
}

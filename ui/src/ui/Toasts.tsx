import { useSyncExternalStore } from "react";
import { Button } from "./Button";
import { current, dismiss, hold, resume, subscribe } from "../core/toastQueue";

export function Toasts() {
  const toasts = useSyncExternalStore(subscribe, current);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className={toast.error ? "toast error" : "toast"}
          onPointerEnter={() => hold(toast.id)}
          onPointerLeave={() => resume(toast.id)}
          onFocus={() => hold(toast.id)}
          onBlur={() => resume(toast.id)}
        >
          <span className="grow">{toast.text}</span>
          {toast.action && (
            <Button small onClick={() => { dismiss(toast.id); toast.action?.run(); }}>{toast.action.label}</Button>
          )}
          <Button small look="plain" onClick={() => dismiss(toast.id)}>Dismiss</Button>
        </div>
      ))}
    </div>
  );
}

import { X } from "lucide-react";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { IconButton } from "./Button";

/** A native modal dialog: the browser traps the focus, closes it on Esc and restores the focus. */
export function Dialog({ title, wide, onClose, foot, children }: {
  title: string;
  wide?: boolean;
  onClose: () => void;
  foot?: ReactNode;
  children: ReactNode;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    const opener = document.activeElement;
    if (dialog && !dialog.open) {
      dialog.showModal();
      // Focuses the first field, as the browser would focus the close button.
      dialog.querySelector<HTMLElement>(".dialog-body :is(input, textarea, select)")?.focus();
    }
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className={wide ? "dialog wide" : "dialog"}
      aria-labelledby={titleId}
      onCancel={(event) => { event.preventDefault(); onClose(); }}
      onClick={(event) => { if (event.target === ref.current) onClose(); }}
      onKeyDown={(event) => {
        event.stopPropagation();
        // Browsers close a dialog on a second Esc even if it refused to close on the first; it may hold typed text.
        if (event.key === "Escape" && !event.defaultPrevented && !event.nativeEvent.isComposing) {
          event.preventDefault();
          onClose();
        }
      }}
    >
      <div className="dialog-head">
        <h2 id={titleId} className="grow">{title}</h2>
        <IconButton look="plain" small label="Close" icon={<X aria-hidden />} onClick={onClose} />
      </div>
      <div className="dialog-body">{children}</div>
      {foot && <div className="dialog-foot">{foot}</div>}
    </dialog>
  );
}

import { useId, useState, type ReactNode } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

/** A dialog with a form. A failed save keeps it open with the error, and typed text is discarded only after a question. */
export function FormDialog({ title, action, wide, isDangerous, isChanged, isReady = true, isPending, error, onSave, onClose, children }: {
  title: string;
  /** The text of the button that saves: `Create`. */
  action: string;
  wide?: boolean;
  /** The action deletes something. */
  isDangerous?: boolean;
  /** Something was typed that closing would discard. */
  isChanged: boolean;
  isReady?: boolean;
  isPending: boolean;
  error: Error | null;
  onSave: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const id = useId();
  const [leaving, setLeaving] = useState(false);
  const close = () => {
    if (isPending) return;
    if (isChanged && !leaving) setLeaving(true);
    else onClose();
  };
  // With keys, since React would turn “Keep editing” into the button that submits, while it is clicked.
  const foot = leaving ? (
    <>
      <span className="grow" role="alert">Discard what you typed?</span>
      <Button key="keep" autoFocus onClick={() => setLeaving(false)}>Keep editing</Button>
      <Button key="discard" look="danger" onClick={onClose}>Discard</Button>
    </>
  ) : (
    <>
      <Button key="cancel" onClick={close}>Cancel</Button>
      <Button key="save" look={isDangerous ? "danger" : "primary"} type="submit" form={id} disabled={!isReady || isPending}>{action}</Button>
    </>
  );
  return (
    <Dialog title={title} wide={wide} onClose={close} foot={foot}>
      <form
        id={id}
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          // The dialog may have been opened by another form.
          event.stopPropagation();
          if (isReady && !isPending) onSave();
        }}
      >
        {children}
        {error && <p className="error-text" role="alert">{error.message}</p>}
      </form>
    </Dialog>
  );
}

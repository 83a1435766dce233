import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useRef } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

/** Asks before another page replaces this one while it has unsaved text. `allow` lets the next page open, after saving. */
export function useLeaveWarning(unsaved: boolean): { dialog: ReactNode; allow: () => void } {
  const allowed = useRef(false);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => !allowed.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => unsaved && !allowed.current,
    disabled: !unsaved,
    withResolver: true,
  });
  const allow = () => {
    allowed.current = true;
  };
  if (blocker.status !== "blocked") return { dialog: null, allow };
  const foot = (
    <>
      <Button onClick={blocker.reset}>Stay</Button>
      <Button look="danger" onClick={blocker.proceed}>Discard and leave</Button>
    </>
  );
  return { dialog: <Dialog title="Leave without saving?" onClose={blocker.reset} foot={foot}><p>What you typed is not saved.</p></Dialog>, allow };
}

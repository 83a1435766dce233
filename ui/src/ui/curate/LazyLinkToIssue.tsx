import { lazy, Suspense } from "react";
import { createPortal } from "react-dom";
import type { LinkToIssueProps } from "./LinkToIssue";

const LinkToIssue = lazy(() => import("./LinkToIssue"));

/** The dialog that links traces to an issue, loaded when it opens. It is outside of the table it belongs to, whose styles are not for a dialog. */
export function LazyLinkToIssue(props: LinkToIssueProps) {
  return createPortal(<Suspense fallback={null}><LinkToIssue {...props} /></Suspense>, document.body);
}

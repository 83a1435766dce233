import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { isEmptyTarget, type TracesTarget, tracesSearch } from "./tracesTarget";

/** A link to the traces or spans that a number counts. */
export function TracesLink({ experiment, target, className, title, row = false, children }: {
  experiment: string;
  /** `null` for plain text without a link. */
  target: TracesTarget | null;
  className?: string;
  title?: string;
  /** The link is the target of its table row: row keys move to it, and Enter opens it. */
  row?: boolean;
  children: ReactNode;
}) {
  if (!target || isEmptyTarget(target)) return <span className={className} title={title}>{children}</span>;
  return (
    <Link to="/e/$e/traces" params={{ e: experiment }} search={tracesSearch(target) as never} className={className} title={title} data-row={row || undefined}>
      {children}
    </Link>
  );
}

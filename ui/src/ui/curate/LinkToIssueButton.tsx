import { CircleDot } from "lucide-react";
import { useState, type ReactNode } from "react";
import type { IssueProposal } from "../../core/issueProposal";
import { Button } from "../Button";
import type { Target } from "./target";
import { LazyLinkToIssue } from "./LazyLinkToIssue";

/** A button that links the traces of a table row to an issue. */
export function LinkToIssueButton({ experiment, target, proposal, label, children }: {
  experiment: string;
  /** Resolved when the dialog opens. */
  target: () => Target;
  proposal?: IssueProposal;
  /** The accessible name, which says which traces are linked. */
  label: string;
  children: ReactNode;
}) {
  const [opened, setOpened] = useState<Target | null>(null);
  return (
    <>
      <Button small look="plain" aria-label={label} title={label} onClick={() => setOpened(target())}><CircleDot aria-hidden /> {children}</Button>
      {opened && <LazyLinkToIssue experiment={experiment} target={opened} proposal={proposal} onClose={() => setOpened(null)} />}
    </>
  );
}

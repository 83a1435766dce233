import type { GitState } from "../../core/loggedModel";
import { visible } from "../../core/text";

/** The branch and commit of a version. */
export function GitLabel({ git }: { git: GitState | null }) {
  if (!git) return <span className="muted">–</span>;
  const { branch, commit, dirty } = git;
  return (
    <span className="git-label" title={visible(`${branch ?? ""} ${commit ?? ""}${dirty ? "\nwith changes that are not in the commit" : ""}`.trim())}>
      {branch !== null && <span className="ellipsis">{visible(branch)}</span>}
      {commit !== null && <code>{visible(commit.slice(0, 7))}</code>}
      {dirty && <span className="badge warn">changed</span>}
    </span>
  );
}

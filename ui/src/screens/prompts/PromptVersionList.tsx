import { Link } from "@tanstack/react-router";
import { type ReactNode, useRef } from "react";
import type { PromptVersion } from "../../core/prompt/promptVersion";
import { aliasesOf, type StoredPrompt } from "../../core/prompt/storedPrompt";
import { shorten, visible } from "../../core/text";
import { mergeSearch, useUrl } from "../../ui/address/useUrl";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useRowKeys } from "../../ui/keys/useRowKeys";
import { Time } from "../../ui/Time";

/** The versions of a prompt, newest first. */
export function PromptVersionList({ e, prompt, versions, chosen, more, onCompare }: {
  e: string;
  prompt: StoredPrompt;
  versions: PromptVersion[];
  chosen: number | null;
  /** A button that loads older versions. */
  more: ReactNode;
  /** Compares the chosen version with another one. */
  onCompare: (version: number) => void;
}) {
  const [search] = useUrl();
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  useHotkeys({
    x: () => {
      const focused = Number(document.activeElement?.closest("[data-version]")?.getAttribute("data-version"));
      if (focused && focused !== chosen) onCompare(focused);
    },
  });
  return (
    <nav className="prompt-versions" aria-label="Versions">
      <ul ref={list}>
        {versions.map(({ version, commitMessage, author, createdMs }) => (
          <li key={version}>
            <Link
              data-row data-version={version} to="/e/$e/prompts/$prompt" params={{ e, prompt: prompt.name }} aria-current={version === chosen ? "true" : undefined}
              search={mergeSearch(search, { version: String(version), with: null, edit: null }) as never}
            >
              <span className="row wrap">
                <b>Version {version}</b>
                {aliasesOf(prompt, version).map((alias) => <span key={alias} className="badge accent"><span className="ellipsis">{visible(alias)}</span></span>)}
                {String(version) === search.with && <span className="badge">compared</span>}
              </span>
              {commitMessage && <span className="version-message">{visible(commitMessage)}</span>}
              <span className="meta ellipsis">{author && <>{shorten(visible(author), 40)} · </>}<Time ms={createdMs} /></span>
            </Link>
          </li>
        ))}
      </ul>
      {more}
    </nav>
  );
}

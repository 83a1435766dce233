import { lazy, Suspense } from "react";
import type { PromptVersion } from "../../core/prompt/promptVersion";
import type { StoredPrompt } from "../../core/prompt/storedPrompt";
import { useUrl } from "../../ui/address/useUrl";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { LoadingRows } from "../../ui/State";
import { Tabs } from "../../ui/Tabs";
import { ComparedVersions } from "./ComparedVersions";
import { PromptContent } from "./PromptContent";
import { PromptVersionHead } from "./PromptVersionHead";

const TryPrompt = lazy(() => import("./TryPrompt"));
const PromptUsage = lazy(() => import("./PromptUsage"));

type VersionTab = "template" | "try" | "usage";

const TABS: { id: VersionTab; label: string }[] = [{ id: "template", label: "Template" }, { id: "try", label: "Try" }, { id: "usage", label: "Usage" }];

/** One version: its template, or the changes since another one; a form to try it; what used it. */
export function PromptVersionView({ e, prompt, version, versions, values, onValues, onDeleted }: {
  e: string;
  prompt: StoredPrompt;
  version: PromptVersion;
  /** The versions of the list. */
  versions: PromptVersion[];
  /** The values of variables, which are kept when another version is shown. */
  values: Record<string, string>;
  onValues: (values: Record<string, string>) => void;
  onDeleted: () => void;
}) {
  const [search, change] = useUrl();
  const tab = TABS.find(({ id }) => id === search.tab)?.id ?? "template";
  const compared = Number(search.with) || null;
  const previous = versions.find((one) => one.version < version.version)?.version ?? null;
  const compare = (other: number | null) => change({ with: other === null ? null : String(other), tab: null });
  useHotkeys({ d: () => compare(compared === null ? previous : null) });
  useHotkeys({ Escape: () => compare(null) }, compared !== null);
  return (
    <section className="prompt-version stack" aria-labelledby="version">
      <PromptVersionHead prompt={prompt} version={version} versions={versions} compared={compared} onCompare={compare} onDeleted={onDeleted} />
      <Tabs<VersionTab> tabs={TABS} chosen={tab} onChoose={(id) => change({ tab: id === "template" ? null : id }, { replace: true })} label="Version">
        <Suspense fallback={<LoadingRows />}>
          {tab === "try" ? <TryPrompt version={version} values={values} onValues={onValues} />
            : tab === "usage" ? <PromptUsage e={e} prompt={prompt} version={version.version} versions={versions} />
            : compared !== null ? <ComparedVersions name={prompt.name} before={compared} after={version} />
            : <PromptContent version={version} />}
        </Suspense>
      </Tabs>
    </section>
  );
}

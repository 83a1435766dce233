import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { Tabs } from "../../ui/Tabs";
import { Appearance } from "./Appearance";
import { ArchivePage } from "./ArchivePage";
import { Ingest } from "./Ingest";
import { Retention } from "./Retention";
import { ServerPage } from "./ServerPage";
import "./settings.css";
import { Tokens } from "./Tokens";

const TABS = [
  { id: "appearance", label: "Appearance", Page: Appearance },
  { id: "ingest", label: "Ingest", Page: Ingest },
  { id: "tokens", label: "Tokens", Page: Tokens },
  { id: "retention", label: "Retention & storage", Page: Retention },
  { id: "archive", label: "Archive", Page: ArchivePage },
  { id: "server", label: "Server", Page: ServerPage },
] as const;

type TabId = (typeof TABS)[number]["id"];

export default function Settings() {
  const [search, change] = useUrl();
  const tab = TABS.find(({ id }) => id === search.tab) ?? TABS[0];
  useTitle(tab.label, "Settings");
  return (
    <div className="page settings">
      <h1>Settings</h1>
      <Tabs<TabId> label="Settings" tabs={TABS.map(({ id, label }) => ({ id, label }))} chosen={tab.id} onChoose={(id) => change({ tab: id }, { replace: true })}>
        <div className="settings-page"><tab.Page /></div>
      </Tabs>
    </div>
  );
}

import { Link } from "@tanstack/react-router";
import { ROOT } from "../net/root";
import { Dialog } from "../ui/Dialog";
import { KEYS as SIDES } from "../screens/compare/keys";
import { KEYS as COMPARE } from "../screens/compare/traces/keys";
import { KEYS as EMBED } from "../screens/embed/keys";
import { KEYS as EXPERIMENTS } from "../screens/experiments/keys";
import { KEYS as OVERVIEW } from "../screens/overview/keys";
import { KEYS as RUNS } from "../screens/runs/keys";
import { KEYS as SESSIONS } from "../screens/sessions/keys";
import { KEYS as TRACE } from "../screens/trace/keys";
import { KEYS as TRACES } from "../screens/traces/keys";
import { FilterHelp } from "./FilterHelp";
import "./help.css";
import { KeyTable } from "./KeyTable";
import { KEYS } from "./keys";

const TABLES = [
  { title: "Everywhere", keys: KEYS },
  { title: "List of traces", keys: TRACES },
  { title: "A trace", keys: TRACE },
  { title: "Overview and quality", keys: OVERVIEW },
  { title: "Sessions", keys: SESSIONS },
  { title: "Compare traces", keys: COMPARE },
  { title: "Compare versions, models, times", keys: SIDES },
  { title: "Runs", keys: RUNS },
  { title: "Experiments", keys: EXPERIMENTS },
  { title: "In a notebook", keys: EMBED },
];

/** The keys of every screen, and how a filter is written. */
export default function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys and help" wide onClose={onClose}>
      <div className="help-tables">
        {TABLES.map(({ title, keys }) => <KeyTable key={title} title={title} keys={keys} />)}
      </div>
      <p className="meta">
        Keys of a single letter can be switched off in the <Link to="/settings" onClick={onClose}>settings</Link>.
      </p>
      <FilterHelp />
      <p>
        <a href={`${ROOT}api/docs`} target="_blank" rel="noopener">The API, route by route</a>
        {" · "}
        <Link to="/settings" search={{ tab: "ingest" } as never} onClick={onClose}>Why do I see no traces?</Link>
      </p>
    </Dialog>
  );
}

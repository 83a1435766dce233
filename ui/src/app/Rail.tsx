import { Link } from "@tanstack/react-router";
import { Boxes, PanelLeftClose, PanelLeftOpen, Settings } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { plural } from "../core/format";
import { useAlertRules } from "../net/alerts";
import { SCREENS } from "./screens";

/** Navigation: the screens of the current experiment, then those of the server. */
export function Rail({ experiment, open, folded, onFold, onNavigate }: {
  experiment: string | null;
  open: boolean;
  /** Shows icons without labels. */
  folded: boolean;
  onFold: (folded: boolean) => void;
  onNavigate: () => void;
}) {
  const foldLabel = folded ? "Expand the navigation" : "Collapse the navigation";
  return (
    <nav className="rail" aria-label="Main navigation" data-open={open} onClick={onNavigate}>
      {experiment !== null && (
        <>
          {(["observe", "evaluate"] as const).map((shown) => (
            <Fragment key={shown}>
              {SCREENS.filter(({ group }) => group === shown).map(({ to, label, icon: Icon }) => (
                <RailLink
                  key={to} to={to.replace("$e", encodeURIComponent(experiment))} exact={to === "/e/$e"} icon={<Icon aria-hidden />} label={label}
                  mark={to === "/e/$e/alerts" ? <FiringMark experiment={experiment} /> : null}
                />
              ))}
              <hr />
            </Fragment>
          ))}
        </>
      )}
      <RailLink to="/" exact icon={<Boxes aria-hidden />} label="Experiments" />
      <RailLink to="/settings" icon={<Settings aria-hidden />} label="Settings" />
      <button type="button" className="rail-fold" aria-expanded={!folded} aria-label={foldLabel} title={foldLabel} onClick={(event) => { event.stopPropagation(); onFold(!folded); }}>
        {folded ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
        <span className="label">{folded ? "Expand" : "Collapse"}</span>
      </button>
    </nav>
  );
}

/** The number of alert rules that fire. */
function FiringMark({ experiment }: { experiment: string }) {
  const firing = useAlertRules(experiment).data?.firing ?? 0;
  if (firing === 0) return null;
  return <span className="rail-mark" title={`${plural(firing, "rule")} firing`}>{firing}<span className="visually-hidden"> firing</span></span>;
}

function RailLink({ to, icon, label, mark = null, exact = false }: { to: string; icon: ReactNode; label: string; mark?: ReactNode; exact?: boolean }) {
  return (
    <Link to={to} activeOptions={{ exact, includeSearch: false }} activeProps={{ "aria-current": "page" }} title={label}>
      {icon}
      <span className="label">{label}</span>
      {mark}
    </Link>
  );
}

import { Link } from "@tanstack/react-router";
import { ChartColumn, GitCompareArrows, List, MessagesSquare, PanelLeftClose, PanelLeftOpen, Play, Settings, ThumbsUp, Boxes, Workflow } from "lucide-react";
import type { ReactNode } from "react";

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
          <RailLink to={`/e/${encodeURIComponent(experiment)}`} exact icon={<ChartColumn aria-hidden />} label="Overview" />
          <RailLink to={`/e/${encodeURIComponent(experiment)}/traces`} icon={<List aria-hidden />} label="Traces" />
          <RailLink to={`/e/${encodeURIComponent(experiment)}/steps`} icon={<Workflow aria-hidden />} label="Steps" />
          <RailLink to={`/e/${encodeURIComponent(experiment)}/sessions`} icon={<MessagesSquare aria-hidden />} label="Sessions" />
          <RailLink to={`/e/${encodeURIComponent(experiment)}/quality`} icon={<ThumbsUp aria-hidden />} label="Quality" />
          <RailLink to={`/e/${encodeURIComponent(experiment)}/compare`} icon={<GitCompareArrows aria-hidden />} label="Compare" />
          <RailLink to={`/e/${encodeURIComponent(experiment)}/runs`} icon={<Play aria-hidden />} label="Runs" />
          <hr />
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

function RailLink({ to, icon, label, exact = false }: { to: string; icon: ReactNode; label: string; exact?: boolean }) {
  return (
    <Link to={to} activeOptions={{ exact, includeSearch: false }} activeProps={{ "aria-current": "page" }} title={label}>
      {icon}
      <span className="label">{label}</span>
    </Link>
  );
}

import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { useUrl } from "../address/useUrl";
import { shorten, visible } from "../../core/text";
import type { SessionPosition } from "../../core/types";
import { IconButton } from "../Button";
import { NO_TRACE_PARAMS } from "./params";

/** Shows the position of the trace in its session, with links to the adjacent turns. */
export function SessionTurns({ place, experiment, pane }: { place: SessionPosition; experiment: string; pane?: boolean }) {
  return (
    <span className="session-turns">
      session{" "}
      <Link to="/e/$e/sessions/$session" params={{ e: experiment, session: place.session }} title={visible(place.session)}>
        {shorten(visible(place.session), 24)}
      </Link>
      <Turn to={place.previous} label="Previous turn" icon={<ChevronLeft aria-hidden />} pane={pane} />
      turn {place.turn}/{place.turns}
      <Turn to={place.next} label="Next turn" icon={<ChevronRight aria-hidden />} pane={pane} />
    </span>
  );
}

function Turn({ to, label, icon, pane }: { to: string | null; label: string; icon: ReactNode; pane?: boolean }) {
  const [, change] = useUrl();
  if (to === null) return <IconButton look="plain" small label={label} icon={icon} disabled />;
  if (pane) return <IconButton look="plain" small label={label} icon={icon} onClick={() => change({ ...NO_TRACE_PARAMS, t: to })} />;
  return (
    <Link className="button plain small icon" to="/t/$traceId" params={{ traceId: to }} aria-label={label} title={label}>
      {icon}
    </Link>
  );
}

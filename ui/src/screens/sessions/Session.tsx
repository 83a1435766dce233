import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { thumbOf } from "../../core/thumbs";
import { useExperiment } from "../../net/experiment";
import { useLiveRefresh, useSession } from "../../net/sessions";
import { THUMBS_DEFAULT, useFeedbackSettings } from "../../net/feedbackSettings";
import { personName } from "../../net/person";
import { useServer } from "../../net/server";
import { pressThumb } from "../../net/pressThumb";
import type { SessionTurn } from "../../core/types";
import { Button } from "../../ui/Button";
import { PageProblem } from "../../ui/PageProblem";
import { LoadingRows } from "../../ui/State";
import { SessionHead } from "./SessionHead";
import { SessionStrip } from "./SessionStrip";
import { SessionTurnView } from "./SessionTurnView";
import "./sessions.css";

function withoutAssessments(turn: SessionTurn, ids: ReadonlySet<string>): SessionTurn {
  if (!turn.row.assessments.some(({ assessment_id }) => ids.has(assessment_id))) return turn;
  return { ...turn, row: { ...turn.row, assessments: turn.row.assessments.filter(({ assessment_id }) => !ids.has(assessment_id)) } };
}

/** One conversation from its first turn to its last. */
export default function Session() {
  const { e, session } = useParams({ strict: false }) as { e: string; session: string };
  const [search, change] = useUrl();
  const navigate = useNavigate();
  const experiment = useExperiment(e);
  useTitle(session, "Session", experiment.data?.name);
  const queryKey = ["session", e, session];
  const { data, error, isPending, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useSession(e, session);
  useLiveRefresh(experiment.data?.experiment_id ?? null, queryKey);
  const name = useFeedbackSettings(e).data?.thumbs ?? THUMBS_DEFAULT;
  useServer();
  const person = personName();

  // Feedback on the whole session is stored with one of its traces, but is not shown at that turn.
  const ofSession = new Set(data?.pages[0]?.assessments.map(({ assessment_id }) => assessment_id));
  const turns = (data?.pages.flatMap((page) => page.turns) ?? []).map((turn) => withoutAssessments(turn, ofSession));
  const chosen = Math.min(Number(search.turn) || 0, turns.length);
  const choose = (turn: number) => {
    if (1 <= turn && turn <= turns.length) change({ turn: String(turn) }, { replace: true });
  };
  const press = (turn: number, pressed: "good" | "bad") => {
    const row = turns[turn - 1]?.row;
    if (row) void pressThumb({ experiment: e, traceIds: [row.trace_id], pressed });
  };
  useHotkeys({
    "]": () => choose(chosen + 1),
    "[": () => choose(Math.max(chosen - 1, 1)),
    Enter: () => {
      const row = turns[chosen - 1]?.row;
      if (row) void navigate({ to: "/t/$traceId", params: { traceId: row.trace_id } });
    },
    "+": () => press(chosen, "good"),
    "-": () => press(chosen, "bad"),
    r: () => void refetch(),
  });
  useEffect(() => {
    if (chosen > 0) document.getElementById(`turn-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  if (error && !data) {
    return <PageProblem what="session" error={error} onRetry={() => void refetch()}><Link to="/e/$e/sessions" params={{ e }}>See all sessions</Link></PageProblem>;
  }
  if (isPending || !data) return <div className="page"><LoadingRows rows={10} /></div>;
  const first = data.pages[0]!;
  return (
    <div className="page session">
      {isFetching && <div className="progress-line" />}
      <SessionHead
        e={e}
        detail={first}
        thumb={thumbOf(first.assessments, name, person)}
        onThumb={(pressed) => void pressThumb({ experiment: e, traceIds: [turns[0]!.row.trace_id], pressed, session: { id: session, assessments: first.assessments } })}
      />
      <SessionStrip turns={turns} chosen={chosen} onChoose={choose} />
      <div className="turns">
        {turns.map((turn, at) => (
          <SessionTurnView
            key={turn.row.trace_id}
            number={at + 1}
            turn={turn}
            before={turns[at - 1] ?? null}
            chosen={chosen === at + 1}
            thumb={thumbOf(turn.row.assessments, name, person)}
            onChoose={() => choose(at + 1)}
            onThumb={(pressed) => press(at + 1, pressed)}
          />
        ))}
        {hasNextPage && <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>Later turns</Button></div>}
      </div>
    </div>
  );
}

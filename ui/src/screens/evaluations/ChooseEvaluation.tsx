import { useState, type KeyboardEvent } from "react";
import { plural } from "../../core/format";
import { visible } from "../../core/text";
import type { Evaluation } from "../../core/types";
import { useEvaluations } from "../../net/evaluations";
import { Dialog } from "../../ui/Dialog";
import { ErrorState, LoadingRows } from "../../ui/State";
import { Time } from "../../ui/Time";
import { useDebounced } from "../../ui/useDebounced";
import { ScoreBar } from "./ScoreBar";

const SCORERS_MAX = 3;

/** Asks for another evaluation of the experiment. */
export default function ChooseEvaluation({ e, title, without, onChoose, onClose }: {
  e: string;
  title: string;
  /** Runs that cannot be chosen. */
  without: readonly string[];
  onChoose: (evaluation: Evaluation) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState("");
  const { data, error, isPending, refetch } = useEvaluations(e, useDebounced(text.trim(), 250));
  const choices = (data?.pages.flatMap(({ evaluations }) => evaluations) ?? []).filter(({ run_id }) => !without.includes(run_id));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>("input, .choice")];
    all[Math.min(Math.max(all.indexOf(document.activeElement as HTMLElement) + step, 0), all.length - 1)]?.focus();
  };
  return (
    <Dialog title={title} wide onClose={onClose}>
      <div className="stack" onKeyDown={onKeyDown}>
        <input
          type="search" className="input" aria-label="Find an evaluation" placeholder="part of a name" value={text} autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => { if (event.key === "Enter" && choices[0]) onChoose(choices[0]); }}
        />
        {error ? <ErrorState error={error} doing="load the evaluations" onRetry={() => void refetch()} />
          : isPending ? <LoadingRows rows={5} />
          : choices.length === 0 ? <p className="muted">{text ? "No other evaluation has this in its name." : "This experiment has no other evaluation."}</p>
          : (
            <ul className="choices-list">
              {choices.map((evaluation) => (
                <li key={evaluation.run_id}>
                  <button type="button" className="evaluation-choice" onClick={() => onChoose(evaluation)}>
                    <span className="ellipsis grow">{visible(evaluation.name || evaluation.run_id)}</span>
                    {evaluation.scorers.slice(0, SCORERS_MAX).map((stat) => <span key={stat.name} className="medium-only row"><span className="meta ellipsis">{visible(stat.name)}</span> <ScoreBar stat={stat} /></span>)}
                    <span className="meta nowrap">{plural(evaluation.cases, "case")}</span>
                    <span className="meta nowrap"><Time ms={evaluation.start_time_ms} /></span>
                  </button>
                </li>
              ))}
            </ul>
          )}
      </div>
    </Dialog>
  );
}

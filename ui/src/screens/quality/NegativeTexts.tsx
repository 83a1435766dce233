import { Link } from "@tanstack/react-router";
import { type CommonText, commonTexts } from "../../core/commonTexts";
import { verdictOf } from "../../core/feedbackVerdict";
import { joinFilters } from "../../core/joinFilters";
import { plural } from "../../core/format";
import { visible } from "../../core/text";
import type { Side } from "../../net/analytics";
import { useNewestTraces } from "../../net/analytics";
import type { Quality } from "../../core/types";
import { ErrorState, LoadingRows } from "../../ui/State";

const TRACES_MAX = 200;
const TEXTS_MAX = 6;

/** Rationales of people and judges on negative traces, and the most frequent answers in these traces. */
export function NegativeTexts({ experiment, quality, side }: { experiment: string; quality: Quality; side: Side }) {
  const { data, error, refetch } = useNewestTraces(experiment, { ...side, q: joinFilters(side.q, quality.negative_filter) }, TRACES_MAX);
  if (error) return <ErrorState error={error} doing="load the negative traces" onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows rows={4} />;
  const rationales = commonTexts(
    data.traces.flatMap(({ trace_id, assessments }) =>
      assessments.filter((one) => one.name === quality.feedback && verdictOf(one) !== "good").map(({ rationale }) => ({ traceId: trace_id, text: rationale }))),
    TEXTS_MAX,
  );
  const answers = commonTexts(data.traces.map(({ trace_id, output, error }) => ({ traceId: trace_id, text: output ?? (error && `${error.span}: ${error.message}`) })), TEXTS_MAX);
  const note = data.next_page_token ? `Of the newest ${TRACES_MAX} negative traces.` : null;
  return (
    <div className="halves">
      <TextList id="rationales" title="Rationales of negative feedback" none="No rationale was given." texts={rationales} note={note} />
      <TextList id="answers" title="Commonest negative answers" none="The traces have no output." texts={answers} note={note} />
    </div>
  );
}

function TextList({ id, title, none, texts, note }: { id: string; title: string; none: string; texts: CommonText[]; note: string | null }) {
  return (
    <section className="stack" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {texts.length === 0 ? <p className="muted">{none}</p> : (
        <ul className="common-texts">
          {texts.map(({ text, traceIds }) => (
            <li key={text}>
              <Link to="/t/$traceId" params={{ traceId: traceIds[0]! }} className="meta">{plural(traceIds.length, "trace")}</Link>
              <span className="common-text" title={visible(text)}>{visible(text)}</span>
            </li>
          ))}
        </ul>
      )}
      {note && <p className="meta">{note}</p>}
    </section>
  );
}

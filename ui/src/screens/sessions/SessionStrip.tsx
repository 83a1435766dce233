import { duration, plural } from "../../core/format";
import { layOutSession } from "../../core/sessionStrip";
import type { SessionTurn } from "../../core/types";
import { outcomeOf } from "../../ui/Outcome";

/** All turns on one line; a click selects one. The strip is no tab stop, since keys of the page move between turns. */
export function SessionStrip({ turns, chosen, onChoose }: { turns: SessionTurn[]; chosen: number; onChoose: (turn: number) => void }) {
  const strip = layOutSession(turns.map(({ row }) => ({ start_ms: row.request_time_ms, duration_ms: row.duration_ms ?? 0 })));
  const pauses = strip.filter((segment) => segment.kind === "gap");
  const longest = Math.max(0, ...pauses.map((gap) => gap.ms));
  const failed = turns.filter(({ row }) => row.state === "ERROR").length;
  const label = `${plural(turns.length, "turn")}, ${failed} failed, the longest pause ${duration(longest)}`;
  return (
    <div className="session-strip" role="img" aria-label={label}>
      {strip.map((segment, at) => {
        const place = { left: `${segment.left * 100}%`, width: `${segment.width * 100}%` };
        if (segment.kind === "gap") {
          return <span key={at} className={segment.cut ? "gap cut" : "gap"} style={place} title={`pause of ${duration(segment.ms)}`}>{segment.width > 0.06 && <b>{duration(segment.ms)}</b>}</span>;
        }
        const { row } = turns[segment.turn]!;
        const number = segment.turn + 1;
        return (
          <span
            key={at}
            className={`turn ${outcomeOf(row)}`}
            style={place}
            data-chosen={number === chosen}
            title={`turn ${number}: ${duration(row.duration_ms)}`}
            onClick={() => onChoose(number)}
          >
            {segment.width > 0.03 && number}
          </span>
        );
      })}
    </div>
  );
}

import { ChevronDown } from "lucide-react";
import type { RefObject } from "react";
import { TracesLink } from "../../ui/address/TracesLink";
import { plural } from "../../core/format";
import { visible } from "../../core/text";
import { ALL } from "../../core/timeRange";
import type { Distributions, TraceGroup } from "../../core/types";
import { Button } from "../../ui/Button";
import { FilterLine } from "../../ui/filter/FilterLine";
import { Menu } from "../../ui/Menu";
import { TimeRange } from "../../ui/TimeRange";
import { filterErrorOf } from "../../ui/filter/filterError";
import type { CompareSide } from "./useCompareSide";

/** Edits one side: filter, time range, and choices of versions and models. */
export function SideEditor({ experiment, side, data, error, versions, models, inputRef }: {
  experiment: string;
  side: CompareSide;
  data: Distributions | undefined;
  error: unknown;
  versions: TraceGroup[];
  models: TraceGroup[];
  inputRef?: RefObject<HTMLInputElement | null>;
}) {
  const name = side.name.toUpperCase();
  const items = (groups: TraceGroup[]) =>
    groups.filter((group) => group.value !== null).slice(0, 20).map((group) => ({
      label: visible(group.value ?? ""), end: plural(group.traces, "trace"), checked: side.side.q === group.filter, run: () => side.setQ(group.filter),
    }));
  const choices = [
    ...(versions.length ? [{ heading: "Versions" }, ...items(versions)] : []),
    ...(models.length ? [{ heading: "Models" }, ...items(models)] : []),
  ];
  return (
    <section className="card side" aria-label={`Side ${name}`} data-side={side.name}>
      <div className="row wrap">
        <span className="side-name" aria-hidden>{name}</span>
        <TimeRange label={`Time range of ${name}`} value={side.range.text} onChange={side.range.set} />
        {0 < choices.length && (
          <Menu label={`Choose ${name}`} items={choices} trigger={<Button aria-label={`Choose ${name}`}>Choose <ChevronDown aria-hidden /></Button>} />
        )}
        <span className="grow" />
        {data && (
          <TracesLink experiment={experiment} target={{ q: side.side.q, range: side.side.range, count: data.figures.traces }}>
            {plural(data.figures.traces, "trace")}
          </TracesLink>
        )}
      </div>
      <FilterLine label={`Filter of ${name}`} scope={side.scope} filterError={filterErrorOf(error)} onCommit={side.setQ} inputRef={inputRef} />
      {data?.figures.traces === 0 && (
        <p className="row wrap warn-text">
          No traces match.
          {side.range.text.from !== ALL && <Button small onClick={() => side.range.set({ from: ALL, to: "" })}>Show all time</Button>}
        </p>
      )}
      {data && !data.complete && <p className="meta warn-text">Only the newest traces are counted; there are more.</p>}
    </section>
  );
}

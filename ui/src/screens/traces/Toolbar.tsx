import { ChevronDown, Columns3, ListTree, Radio, RefreshCw } from "lucide-react";
import { Toolbar as Radix } from "radix-ui";
import type { ReactNode, RefObject } from "react";
import { Menu, type MenuItems } from "../../ui/Menu";
import { useUrl } from "../../ui/address/useUrl";
import { FilterLine, type FilterError } from "../../ui/filter/FilterLine";
import { TimeRange } from "../../ui/TimeRange";
import { useFields } from "../../net/traces";
import { ColumnPicker } from "./ColumnPicker";
import { FilterForm } from "./FilterForm";
import { FilterMenu } from "./FilterMenu";
import { groupTitle } from "../../core/groupTitle";
import type { FilterField } from "../../core/types";
import type { Columns } from "./useColumns";
import type { TracesScope } from "./useTracesScope";
import { Views } from "./Views";

const KEYS_MAX = 12;

/** Time range, filter and view options. */
export function Toolbar<T>({ traces, columns, filterError, filterRef, filterLabel, before, after }: {
  traces: TracesScope;
  columns: Columns<T>;
  filterError: FilterError | null;
  filterRef: RefObject<HTMLInputElement | null>;
  filterLabel?: string;
  /** View options before and after those of every list. */
  before?: ReactNode;
  after?: ReactNode;
}) {
  const { scope } = traces;
  const [url, change] = useUrl();
  const form = url.form === "on";
  return (
    <div className="traces-toolbar">
      <div className="traces-line">
        <TimeRange value={traces.range} onChange={traces.setRange} />
        <FilterLine
          scope={scope}
          filterError={filterError}
          onCommit={traces.setQ}
          inputRef={filterRef}
          label={filterLabel}
          end={<FilterMenu scope={scope} form={form} onForm={(on) => change({ form: on ? "on" : null }, { replace: true })} />}
        />
        <Radix.Root className="traces-tools" aria-label="View options">
          {before}
          <ColumnPicker experiment={scope.experiment} columns={columns} trigger={
            <Radix.Button className="button" title="Columns"><Columns3 aria-hidden /><span className="tool-label">Columns</span></Radix.Button>
          } />
          <Views experiment={scope.experiment} />
          <Radix.Button className="button icon" aria-label="Refresh" title="Refresh (r)" onClick={traces.refresh}><RefreshCw aria-hidden /></Radix.Button>
          {after}
        </Radix.Root>
      </div>
      {form && <FilterForm scope={scope} onChange={traces.setQ} />}
    </div>
  );
}

export function LiveButton({ live, onLive }: { live: boolean; onLive: () => void }) {
  return (
    <Radix.Button className="button live" aria-pressed={live} title="Show new traces as they arrive (l)" onClick={onLive}>
      <Radio aria-hidden /><span className="tool-live">Live</span>
    </Radix.Button>
  );
}

export function GroupMenu({ experiment, group, onGroup }: { experiment: string; group: string | null; onGroup: (by: string | null) => void }) {
  const fields = (useFields(experiment).data?.fields ?? []).filter((field) => field.group_by !== null);
  const isKey = (field: FilterField) => field.group === "tag" || field.group === "metadata";
  const known = fields.filter((field) => !isKey(field));
  const keys = fields.filter(isKey).slice(0, KEYS_MAX);
  const item = (by: string | null, label: string) => ({ label, checked: by === group, run: () => onGroup(by) });
  const items: MenuItems = [
    item(null, "None"),
    ...known.map(({ group_by: by }) => item(by, groupTitle(by ?? ""))),
    ...(keys.length ? [null] : []),
    ...keys.map(({ group_by: by }) => item(by, groupTitle(by ?? ""))),
  ];
  return (
    <Menu label="Group by" items={items} trigger={
      <Radix.Button className="button" data-on={group !== null}>
        <ListTree aria-hidden />
        <span className="tool-label">{group === null ? "Group" : `By ${groupTitle(group).toLowerCase()}`}</span>
        <ChevronDown aria-hidden className="tool-more" />
      </Radix.Button>
    } />
  );
}

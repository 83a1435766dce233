import { useId } from "react";
import { nameFilter, recordCountOf } from "../../core/dataset/dataset";
import { plural } from "../../core/format";
import { visible } from "../../core/text";
import { useDatasets } from "../../net/datasets";
import { ErrorState } from "../State";
import { Time } from "../Time";
import { choiceKey, choiceName, type DatasetChoice, offeredChoices } from "./datasetChoice";

export interface PickedDataset {
  typed: string;
  /** The option that the user picked; the first one, if none. */
  key: string | null;
}

/** Finds a dataset by its name, or names a new one. */
export function DatasetPicker({ experimentId, picked, onPick, chosen }: {
  experimentId: string;
  picked: PickedDataset;
  onPick: (picked: PickedDataset) => void;
  chosen: DatasetChoice | null;
}) {
  const id = useId();
  const { datasets, error, refetch } = useDatasetSearch(experimentId, picked.typed);
  const choices = offeredChoices(datasets ?? [], picked.typed);
  const keys = choices.map(choiceKey);
  const move = (step: 1 | -1) => {
    const at = chosen ? keys.indexOf(choiceKey(chosen)) : -1;
    const next = keys[(at + step + keys.length) % keys.length];
    if (next !== undefined) onPick({ ...picked, key: next });
  };
  if (error && !datasets) return <ErrorState error={error} doing="list the datasets" onRetry={refetch} />;
  return (
    <div className="field">
      <label htmlFor={id}>Dataset</label>
      <input
        id={id} className="input" value={picked.typed} autoComplete="off" maxLength={255} placeholder="Find one, or type the name of a new one"
        onChange={(event) => onPick({ typed: event.target.value, key: null })}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          move(event.key === "ArrowDown" ? 1 : -1);
        }}
      />
      <fieldset className="dataset-choices" aria-label="Datasets">
        {choices.map((choice) => (
          <label key={choiceKey(choice)} className="dataset-choice">
            <input type="radio" name={id} checked={chosen !== null && choiceKey(chosen) === choiceKey(choice)} onChange={() => onPick({ ...picked, key: choiceKey(choice) })} />
            <span className="ellipsis">{choice.kind === "new" ? `Create “${visible(choice.name)}”` : visible(choiceName(choice))}</span>
            {choice.kind === "existing" && <span className="meta">{plural(recordCountOf(choice.dataset), "record")}, changed <Time ms={choice.dataset.last_update_time} /></span>}
          </label>
        ))}
        {datasets && choices.length === 0 && <p className="muted">There are no datasets in this experiment yet. Type a name to create one.</p>}
      </fieldset>
    </div>
  );
}

/** The dataset that is chosen: the picked option, else the first one. */
export function useDatasetChoice(experimentId: string | undefined, { typed, key }: PickedDataset): DatasetChoice | null {
  const { datasets } = useDatasetSearch(experimentId, typed);
  if (!datasets) return null;
  const choices = offeredChoices(datasets, typed);
  return choices.find((choice) => choiceKey(choice) === key) ?? choices[0] ?? null;
}

/** The datasets that may have this name; `undefined` while they are searched for. The server searches only if there are many. */
function useDatasetSearch(experimentId: string | undefined, typed: string) {
  const newest = useDatasets(experimentId);
  const found = useDatasets(newest.hasNextPage ? experimentId : undefined, nameFilter(typed));
  const { data, error, isPlaceholderData, refetch } = newest.hasNextPage ? found : newest;
  return { datasets: isPlaceholderData ? undefined : data?.pages.flatMap((page) => page.datasets ?? []), error, refetch: () => void refetch() };
}

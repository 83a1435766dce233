import type { FilterError } from "../../ui/filter/FilterLine";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/State";

/** Shown instead of the list if the filter is invalid. */
export function InvalidFilter({ filterError, onFix, onClear }: { filterError: FilterError; onFix: () => void; onClear: () => void }) {
  return (
    <EmptyState title="Invalid filter">
      <p>{filterError.message}</p>
      <div className="row">
        <Button look="primary" onClick={onFix}>Edit filter</Button>
        <Button onClick={onClear}>Clear filter</Button>
      </div>
    </EmptyState>
  );
}

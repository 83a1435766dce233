import type { FilterError } from "../../ui/filter/FilterLine";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/State";

/** Nothing is shown while nobody knows what is asked for. */
export function UnreadFilter({ refused, onFix, onClear }: { refused: FilterError; onFix: () => void; onClear: () => void }) {
  return (
    <EmptyState title="Invalid filter">
      <p>{refused.message}</p>
      <div className="row">
        <Button look="primary" onClick={onFix}>Edit filter</Button>
        <Button onClick={onClear}>Clear filter</Button>
      </div>
    </EmptyState>
  );
}

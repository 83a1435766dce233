import type { PageList } from "../../core/pageList";
import { Button } from "../Button";

/** Says below the rows of a list why there are no more of them. */
export function MoreRowsError({ list, unit }: { list: Pick<PageList<unknown>, "error" | "length" | "retry">; unit: string }) {
  if (list.error === null || list.length === 0) return null;
  return (
    <div className="banner" role="alert">
      <span className="grow">Could not load more {unit}: {list.error instanceof Error ? list.error.message : String(list.error)}</span>
      <Button small onClick={() => list.retry()}>Try again</Button>
    </div>
  );
}

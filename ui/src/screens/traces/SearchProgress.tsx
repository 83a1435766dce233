import { useSyncExternalStore } from "react";
import { percent, plural } from "../../core/format";
import { momentLabel } from "../../core/timeRange";
import { queryClient } from "../../net/queryClient";
import type { TraceScope } from "../../net/traces";
import { useUtc } from "../../ui/browser/timeZone";
import { Button } from "../../ui/Button";
import { useNow } from "../../ui/useNow";
import type { SearchedList } from "./useRowList";

/** The progress of a search that takes several requests, with a button to stop it. Renders nothing once there are enough hits to show, unless the server’s time was up. */
export function SearchProgress({ list, search, scope }: SearchedList & { scope: TraceScope }) {
  const progress = useSyncExternalStore(search.subscribe, () => search.progress);
  const utc = useUtc();
  const now = useNow();
  // The server's time was up: the list ends where it stopped searching, whether or not the rest is being loaded.
  const isLimited = progress !== null && progress.share === null;
  if (list.whole || list.error !== null || (!list.busy && !list.stopped && !isLimited)) return null;
  const stop = () => {
    list.stop();
    void queryClient.cancelQueries({ queryKey: ["summary", scope] });
    void queryClient.cancelQueries({ queryKey: ["spans/summary", scope] });
  };
  const resume = () => {
    list.resume();
    list.need(0, list.length);
  };
  return (
    <div className="search-progress row wrap">
      {!isLimited && <progress aria-label="Search" value={progress?.share ?? 0} />}
      <span>
        {progress ? `Searched back to ${momentLabel(progress.backToMs, now, utc)}` : "Searching…"}
        {progress && progress.share !== null && `, ${percent(progress.share)}`}
      </span>
      {list.ready && <span className="meta">{plural(list.length, "match so far", "matches so far")}</span>}
      {list.stopped ? <Button small onClick={resume}>Continue</Button> : <Button small onClick={stop}>Stop</Button>}
    </div>
  );
}

import { useState } from "react";
import { useTitle } from "../../../ui/browser/useTitle";
import { useUrl } from "../../../ui/address/useUrl";
import { Button } from "../../../ui/Button";
import { EmptyState } from "../../../ui/State";

/** Asks for trace ids if the address has fewer than two. */
export function ChooseTraces({ ids }: { ids: string[] }) {
  useTitle("Compare");
  const [, change] = useUrl();
  const [one, setOne] = useState(ids[0] ?? "");
  const [other, setOther] = useState("");
  return (
    <EmptyState title="Choose traces to compare">
      <p>In a list of traces, select two to four with <span className="kbd">x</span> and press <span className="kbd">c</span>. Or paste their ids:</p>
      <form className="row wrap" onSubmit={(event) => { event.preventDefault(); change({ a: one.trim(), b: other.trim() }); }}>
        <input className="input mono choose-trace" aria-label="Trace A" placeholder="tr-…" value={one} onChange={(event) => setOne(event.target.value)} />
        <input className="input mono choose-trace" aria-label="Trace B" placeholder="tr-…" value={other} onChange={(event) => setOther(event.target.value)} />
        <Button type="submit" look="primary" disabled={!one.trim() || !other.trim()}>Compare</Button>
      </form>
    </EmptyState>
  );
}

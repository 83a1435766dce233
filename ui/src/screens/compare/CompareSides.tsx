import { useParams } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { useEffect, useRef } from "react";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { useExperiment } from "../../net/experiment";
import { useDistributions, useGroupChoices } from "../../net/analytics";
import { Button } from "../../ui/Button";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { LazyStepComparison, TabsWithSteps } from "../../ui/steps/TabsWithSteps";
import { filterErrorOf } from "../../ui/filter/filterError";
import { Comparison } from "./Comparison";
import { Presets } from "./Presets";
import { type Address, presets } from "./comparisonPresets";
import { SideEditor } from "./SideEditor";
import { useCompareSide } from "./useCompareSide";
import "./compare.css";

/** Compares two sets of traces: versions, models, weeks, or any two filters. */
export default function CompareSides() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  const a = useCompareSide(e, "a");
  const b = useCompareSide(e, "b");
  const [ofA, ofB] = [useDistributions(e, a.side), useDistributions(e, b.side)];
  const versions = useGroupChoices(e, "version");
  const models = useGroupChoices(e, "model");
  const input = useRef<HTMLInputElement>(null);
  useTitle("Compare", experiment.data?.name ?? e);

  const choose = (address: Address) => change(address);
  const swap = () => change({ qa: b.side.q, qb: a.side.q, fa: search.fb ?? null, ta: search.tb ?? null, fb: search.fa ?? null, tb: search.ta ?? null });
  const allPresets = presets(versions.isError ? null : versions.data?.groups, models.isError ? null : models.data?.groups);
  // An address without parameters opens with the two newest versions.
  const isBlank = ["qa", "qb", "fa", "fb", "ta", "tb"].every((name) => search[name] === undefined);
  const opensBlank = useRef(isBlank);
  const first = isBlank ? allPresets.find(({ key }) => key === "v")?.address : null;
  useEffect(() => {
    if (!opensBlank.current || !first) return;
    opensBlank.current = false;
    change(first, { replace: true });
  }, [first, change]);
  useHotkeys({
    s: swap,
    "/": () => input.current?.focus(),
    ...Object.fromEntries(allPresets.map(({ key, address }) => [key, () => address && choose(address)])),
  });

  const failed = [ofA, ofB].find(({ error }) => error && !filterErrorOf(error));
  const same = JSON.stringify(a.side) === JSON.stringify(b.side);
  const lists = { versions: versions.data?.groups ?? [], models: models.data?.groups ?? [] };
  return (
    <div className="page compare" aria-busy={ofA.isFetching || ofB.isFetching}>
      {(ofA.isFetching || ofB.isFetching) && <div className="progress-line" />}
      <div className="row wrap">
        <h1 className="grow">Compare</h1>
        <Button onClick={swap}><ArrowLeftRight aria-hidden /> Swap <span className="kbd" aria-hidden>s</span></Button>
      </div>
      <Presets presets={allPresets} onChoose={choose} />
      <div className="sides">
        <SideEditor experiment={e} side={a} data={ofA.data} error={ofA.error} inputRef={input} {...lists} />
        <SideEditor experiment={e} side={b} data={ofB.data} error={ofB.error} {...lists} />
      </div>
      {failed ? (
        <ErrorState error={failed.error} doing="compare the two sides" onRetry={() => void failed.refetch()} />
      ) : isBlank && versions.isPending ? <LoadingRows rows={10} /> : same ? (
        <EmptyState title="Both sides are the same">
          <p>Choose a preset above, or give the two sides different filters or time ranges.</p>
        </EmptyState>
      ) : ofA.error || ofB.error ? null : ofA.data && ofB.data ? (
        <TabsWithSteps
          label="Comparison"
          metrics={<Comparison experiment={e} a={ofA.data} b={ofB.data} sides={{ a: a.side, b: b.side }} />}
          steps={<LazyStepComparison experiment={e} sides={{ a: a.side, b: b.side }} />}
        />
      ) : (
        <LoadingRows rows={10} />
      )}
    </div>
  );
}

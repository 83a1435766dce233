import { Database } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Button } from "../../../ui/Button";
import { useHotkeys } from "../../../ui/keys/hotkeys";

const AddToDataset = lazy(() => import("../../../ui/curate/AddToDataset"));

/** Adds reviewed traces to a dataset, with the expectations that reviewers wrote. The key `a` does the same. */
export function DatasetButton({ experiment, traceIds, label }: { experiment: string; traceIds: string[]; label: string }) {
  const [open, setOpen] = useState(false);
  useHotkeys({ a: () => setOpen(true) });
  return (
    <>
      <Button onClick={() => setOpen(true)}><Database aria-hidden /> {label} <kbd className="kbd">a</kbd></Button>
      {open && <Suspense fallback={null}><AddToDataset experiment={experiment} target={{ ids: traceIds }} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}

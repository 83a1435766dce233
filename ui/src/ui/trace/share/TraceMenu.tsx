import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Ellipsis, Link2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { bytes } from "../../../core/format";
import { apiUrl, mlflow } from "../../../net/api";
import { queryClient } from "../../../net/queryClient";
import { serverAddress } from "../../../net/root";
import { Button, IconButton } from "../../Button";
import { copyText } from "../../CopyButton";
import { LazyLinkToIssue } from "../../curate/LazyLinkToIssue";
import { Dialog } from "../../Dialog";
import { Menu } from "../../Menu";
import { toast } from "../../../core/toastQueue";
import type { SpanSelection } from "../useSpanSelection";
import type { TraceModel } from "../useTrace";
import { linkTo } from "./link";

const AddToDataset = lazy(() => import("../../curate/AddToDataset"));

// Loads the module when an action is chosen.
const texts = () => import("../../../core/trace/share");
const exports = () => import("./exports");

const SendToReview = lazy(() => import("../../curate/SendToReview"));

/** Actions on a whole trace. */
export function TraceMenu({ model, selection, onClose, onAssess }: { model: TraceModel; selection: SpanSelection; onClose?: () => void; onAssess: () => void }) {
  const { row, tree } = model;
  const [deleting, setDeleting] = useState(false);
  const [adding, setAdding] = useState(false);
  const [linking, setLinking] = useState(false);
  const [sending, setSending] = useState(false);
  const link = () => linkTo(row.trace_id, tree.id[selection.span] ?? null);
  const copy = async (text: string | Promise<string>, what: string) => {
    try {
      const made = await text;
      if (await copyText(made)) toast(`${what} copied, ${bytes(made.length)}`);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { error: true });
    }
  };
  const attempt = (work: Promise<void>) => void work.catch((error: Error) => toast(error.message, { error: true }));
  return (
    <>
      <Button onClick={() => void copy(link(), "Link")} title="Copy a link to what is shown (y)"><Link2 aria-hidden /> <span className="share-label">Share</span></Button>
      <Button look="primary" onClick={onAssess} title="Assess this trace (a)">Assess</Button>
      <Menu
        label="More actions"
        align="end"
        trigger={<IconButton label="More actions" icon={<Ellipsis aria-hidden />} />}
        items={[
          { label: "Send to review…", run: () => setSending(true) },
          { heading: "Copy" },
          { label: "Link", end: "y", run: () => void copy(link(), "Link") },
          { label: "Id", end: "Y", run: () => void copy(row.trace_id, "Id") },
          { label: "Python", run: () => void copy(texts().then((it) => it.asPython(row.trace_id, serverAddress())), "Python") },
          { label: "curl", run: () => void copy(texts().then((it) => it.asCurl(row.trace_id, serverAddress())), "curl") },
          { label: "Markdown", run: () => void copy(texts().then((it) => it.asMarkdown(row, tree, link())), "Markdown") },
          { label: "Text for an LLM", run: () => void copy(exports().then((it) => it.textForModel(model)), "Text") },
          { heading: "Save" },
          { label: "HTML page", run: () => attempt(exports().then((it) => it.downloadPage(model, link()))) },
          { label: "JSON (MLflow)", run: () => location.assign(apiUrl("3.0/mlflow/get-trace-artifact", { request_id: row.trace_id })) },
          { label: "OTLP (JSON)", run: () => attempt(exports().then((it) => it.downloadOtlpJson(row.trace_id))) },
          { label: "OTLP (protobuf)", run: () => location.assign(apiUrl(`3.0/kansoku/traces/${encodeURIComponent(row.trace_id)}/otlp`)) },
          { label: "Print", run: () => print() },
          null,
          { label: "Add to a dataset…", run: () => setAdding(true) },
          { label: "Link to an issue…", run: () => setLinking(true) },
          { label: "Delete…", danger: true, run: () => setDeleting(true) },
        ]}
      />
      {adding && (
        <Suspense fallback={null}>
          <AddToDataset experiment={row.experiment_id} target={{ ids: [row.trace_id] }} onClose={() => setAdding(false)} />
        </Suspense>
      )}
      {linking && <LazyLinkToIssue experiment={row.experiment_id} target={{ ids: [row.trace_id] }} onClose={() => setLinking(false)} />}
      {sending && (
        <Suspense fallback={null}>
          <SendToReview experiment={row.experiment_id} target={{ ids: [row.trace_id] }} onClose={() => setSending(false)} />
        </Suspense>
      )}
      {deleting && <DeleteTrace model={model} onCancel={() => setDeleting(false)} onDeleted={onClose} />}
    </>
  );
}

function DeleteTrace({ model: { row, tree }, onCancel, onDeleted }: { model: TraceModel; onCancel: () => void; onDeleted?: () => void }) {
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => mlflow("3.0/mlflow/traces/delete-traces", { experiment_id: row.experiment_id, request_ids: [row.trace_id] }),
    onSuccess: () => {
      toast("The trace was deleted");
      queryClient.removeQueries({ queryKey: ["trace", row.trace_id] });
      if (onDeleted) onDeleted();
      else void navigate({ to: "/e/$e/traces", params: { e: row.experiment_id } });
    },
  });
  return (
    <Dialog
      title="Delete this trace?"
      onClose={onCancel}
      foot={<><Button onClick={onCancel}>Cancel</Button><Button look="danger" onClick={() => remove.mutate()} disabled={remove.isPending}>Delete</Button></>}
    >
      <p><code>{row.trace_id}</code> with its {tree.total} spans and {row.assessments.length} assessments. This cannot be undone.</p>
    </Dialog>
  );
}

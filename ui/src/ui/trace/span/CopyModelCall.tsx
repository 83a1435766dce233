import { Code } from "lucide-react";
import { toast } from "../../../core/toastQueue";
import { CALL_FORMATS, type CallFormat } from "../../../core/chat/callFormats";
import { readWholeSpan, type SpanResponse } from "../../../net/span";
import { Button } from "../../Button";
import { copyText } from "../../CopyButton";
import { Menu } from "../../Menu";

/** Copies a model call as code that sends the same request again. The code reads the API key from an environment variable. */
export function CopyModelCall({ traceId, spanId, answer }: { traceId: string; spanId: string; answer: SpanResponse }) {
  if (!answer.normalized?.messages.some((message) => message.side === "input")) return null;
  const isWhole = !answer.truncated?.some(({ path }) => /^\/normalized\/(messages|tool_definitions|parameters)/.test(path));
  const copy = async (format: CallFormat, label: string) => {
    try {
      const { normalized } = isWhole ? answer : await readWholeSpan(traceId, spanId);
      const { modelCallAs } = await import("../../../core/chat/modelCall");
      if (await copyText(modelCallAs(format, normalized!))) toast(`The model call was copied as ${label}`);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { error: true });
    }
  };
  return (
    <Menu
      label="Copy this model call"
      align="end"
      trigger={<Button small title="Copy this model call as code"><Code aria-hidden /> Copy call</Button>}
      items={[{ heading: "Copy this model call as" }, ...CALL_FORMATS.map(({ id, label }) => ({ label, run: () => void copy(id, label) }))]}
    />
  );
}

import { useQuery } from "@tanstack/react-query";
import { diffWordsWithSpace } from "diff";
import { useMemo } from "react";
import { plainText, type ChatMessage } from "../../../core/chat/normalizedSpan";
import { addedSince } from "../../../core/chat/turns";
import { plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { nameOf } from "../../../core/trace/spanTree";
import { spanQuery } from "../../../net/span";
import type { TraceModel } from "../useTrace";

/** Characters; a diff of longer texts would block the page for seconds. */
const DIFF_CHARS_MAX = 30_000;

/** The difference between the prompts of this model call and the previous one. */
export default function PromptDiff({ model, before, messages }: { model: TraceModel; before: number; messages: ChatMessage[] }) {
  const query = useQuery(spanQuery(model.row.trace_id, model.tree.id[before]!));
  const previous = query.data?.normalized?.messages;
  const diff = useMemo(() => (previous ? compare(previous, messages.filter((message) => message.side === "input")) : null), [previous, messages]);
  if (query.isError) return <p className="error-text" role="alert">Could not load the previous call: {query.error.message}</p>;
  if (!diff) return <p className="muted" role="status">Loading the previous call …</p>;
  return (
    <div className="prompt-diff">
      <p className="meta">
        Since {shorten(visible(nameOf(model.tree, before)), 60)} at +{Math.round(model.tree.start[before]! / 1000)} ms:{" "}
        {plural(diff.added.length, "message")} more{diff.removed.length ? `, ${plural(diff.removed.length, "message")} less` : ""}
      </p>
      {diff.changed.map(({ role, pieces }, at) => (
        <div key={`changed ${at}`} className="diff-message">
          <b>{visible(role)}</b> changed
          <p className="plain-text">
            {pieces.map((piece, nth) => (piece.added ? <ins key={nth}>{visible(piece.value)}</ins> : piece.removed ? <del key={nth}>{visible(piece.value)}</del> : <span key={nth}>{visible(shortenMiddle(piece.value))}</span>))}
          </p>
        </div>
      ))}
      {diff.added.map((message, at) => (
        <div key={at} className="diff-message added"><b>{visible(message.role)}</b><p className="plain-text"><ins>{visible(shorten(plainText(message), 4000))}</ins></p></div>
      ))}
      {diff.removed.map((message, at) => (
        <div key={at} className="diff-message removed"><b>{visible(message.role)}</b><p className="plain-text"><del>{visible(shorten(plainText(message), 1000))}</del></p></div>
      ))}
    </div>
  );
}

function compare(previous: ChatMessage[], now: ChatMessage[]) {
  const beforeIn = previous.filter((message) => message.side === "input");
  let added = addedSince(previous.map(asInput), now.map(asInput));
  let removed = addedSince(now.map(asInput), beforeIn.map(asInput));
  const changed: { role: string; pieces: ReturnType<typeof diffWordsWithSpace> }[] = [];
  // A changed system prompt is one change instead of a removed and an added message.
  for (const role of ["system", "developer"]) {
    const [old, fresh] = [removed.find((it) => it.role === role), added.find((it) => it.role === role)];
    if (!old || !fresh) continue;
    const [from, to] = [plainText(old), plainText(fresh)];
    if (DIFF_CHARS_MAX < from.length + to.length) continue;
    changed.push({ role, pieces: diffWordsWithSpace(from, to) });
    added = added.filter((it) => it !== fresh);
    removed = removed.filter((it) => it !== old);
  }
  return { added, removed, changed };
}

/** The message as an input, since the next model call repeats an output as input. */
function asInput(message: ChatMessage): ChatMessage {
  return { side: "input", role: message.role, parts: message.parts };
}

function shortenMiddle(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 70)} … ${text.slice(-70)}`;
}

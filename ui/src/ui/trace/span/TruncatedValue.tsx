import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { bytes } from "../../../core/format";
import { LocalSource, type JsonSource } from "../../../core/json/source";
import { apiUrl, send } from "../../../net/api";
import { openJson } from "../../../net/json/workerClient";
import { Button } from "../../Button";
import { JsonTree } from "../../json/JsonTree";
import { TextLines } from "../../text/TextLines";
import { fieldPath } from "../../../net/span";

/** Characters; smaller texts are indexed on the main thread, as a worker takes longer to start. */
const MAIN_THREAD_CHARS_MAX = 100_000;

type OpenedValue = { kind: "json"; source: JsonSource } | { kind: "text"; text: string };

/** A value that is too large for the span's response. It is fetched on demand and kept in a worker. */
export function TruncatedValue({ traceId, spanId, field, size, openNow = false }: {
  traceId: string;
  spanId: string;
  field: string;
  size: number;
  openNow?: boolean;
}) {
  const [wanted, setWanted] = useState(openNow);
  const path = fieldPath(traceId, spanId, field);
  const query = useQuery({
    queryKey: ["trace", traceId, "span", spanId, "field", field],
    queryFn: async ({ signal }): Promise<OpenedValue> => {
      const answer = await send(path, apiUrl(path), { signal });
      return openValue(await answer.text());
    },
    enabled: wanted,
    staleTime: Infinity,
    // Not cached, as the worker ends with the panel.
    gcTime: 0,
  });
  const source = query.data?.kind === "json" ? query.data.source : null;
  useEffect(() => () => source?.close(), [source]);
  return (
    <div className="cut">
      <div className="row wrap">
        <span className="meta">{bytes(size)}{!wanted && ", truncated"}</span>
        {!wanted && <Button small onClick={() => setWanted(true)}>Show full text</Button>}
        <a className="button small" href={apiUrl(path)} download={`${spanId}-${field}`}>Download</a>
        {query.isFetching && <span className="meta" role="status">loading …</span>}
        {query.isError && <span className="error-text" role="alert">{query.error.message} <Button small onClick={() => void query.refetch()}>Try again</Button></span>}
      </div>
      {query.data?.kind === "json" && <JsonTree source={query.data.source} label={field} tools />}
      {query.data?.kind === "text" && <TextLines text={query.data.text} />}
    </div>
  );
}

async function openValue(text: string): Promise<OpenedValue> {
  const begin = text.trimStart()[0];
  if (begin === "{" || begin === "[") {
    try {
      return { kind: "json", source: text.length < MAIN_THREAD_CHARS_MAX ? new LocalSource(text) : await openJson(text) };
    } catch {
      // The text is not JSON although it looks like it, and is shown as plain text.
    }
  }
  return { kind: "text", text: begin === '"' ? unquote(text) : text };
}

/** A JSON string is shown without its quotes. */
function unquote(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}

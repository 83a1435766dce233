import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { apiUrl, send } from "../../../net/api";

const SHOWN = /^(image|audio|video)\//;

/** An attachment of the trace: `mlflow-attachment://‹id›?content_type=image%2Fpng&trace_id=tr-…` */
export function useAttachment(address: string, traceId: string) {
  const attachment = useMemo(() => parse(address, traceId), [address, traceId]);
  const query = useQuery({
    queryKey: ["attachment", attachment?.traceId, attachment?.id],
    queryFn: async ({ signal }) => {
      const path = "3.0/mlflow/get-trace-artifact";
      const answer = await send(path, apiUrl(path, { request_id: attachment!.traceId, path: attachment!.id }), { signal });
      return answer.arrayBuffer();
    },
    enabled: attachment !== null,
    staleTime: Infinity,
  });
  const url = useMemo(() => {
    if (!query.data || !attachment) return null;
    // Only media types that a browser displays without executing anything are kept.
    const type = SHOWN.test(attachment.type) ? attachment.type : "application/octet-stream";
    return URL.createObjectURL(new Blob([query.data], { type }));
  }, [query.data, attachment]);
  useEffect(() => () => { if (url) URL.revokeObjectURL(url); }, [url]);
  return { url, isLoading: query.isLoading, error: query.error?.message ?? null };
}

function parse(address: string, traceId: string): { id: string; traceId: string; type: string } | null {
  const found = /^mlflow-attachment:\/\/([0-9a-f-]{36})(?:\?(.*))?$/.exec(address);
  if (!found) return null;
  const params = new URLSearchParams(found[2] ?? "");
  return { id: found[1]!, traceId: params.get("trace_id") ?? traceId, type: params.get("content_type") ?? "" };
}

import { useMemo } from "react";
import { LocalSource } from "../../../core/json/source";
import { CopyButton } from "../../CopyButton";
import { JsonTree } from "../../json/JsonTree";
import type { SpanResponse } from "../../../net/span";

/** The whole response of the server about the span. */
export default function Raw({ answer }: { answer: SpanResponse }) {
  const source = useMemo(() => new LocalSource(JSON.stringify(answer)), [answer]);
  return (
    <>
      <div className="row">
        <span className="meta grow">The span as stored, and Kansoku’s normalized form of it (<code>normalized</code>).</span>
        <CopyButton text={() => JSON.stringify(answer, null, 2)} label="Copy the span as JSON">Copy</CopyButton>
      </div>
      <JsonTree source={source} label="raw span" tools />
    </>
  );
}

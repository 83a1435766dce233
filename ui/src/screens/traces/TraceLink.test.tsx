import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { TraceRow } from "../../core/types";
import { TraceLink } from "./TraceLink";

const html = (is_archived: boolean) => renderToStaticMarkup(<TraceLink row={{ trace_id: "tr-1", input: "Where is it?", is_archived } as TraceRow} />);

test("a trace that is only in the archive is marked before its input", () => {
  expect(html(true)).toMatch(/aria-label="Archived".*<\/span>Where is it\?<\/a>$/);
  expect(html(true)).toContain("read from the archive");
  expect(html(false)).not.toContain("Archived");
});

import { expect, it } from "vitest";
import { documentTitle, documentUri } from "./document";

const document = (metadata: unknown) => ({ id: "d", text: "t", score: null, metadata });

it("shows the title and the location of a document", () => {
  expect(documentTitle(document({ title: "Keys", source: "kb/keys.md" }))).toBe("Keys");
  expect(documentUri(document({ title: "Keys", source: "kb/keys.md" }))).toBe("kb/keys.md");
  expect(documentTitle(document({ title: " ", file_name: "keys.md" }))).toBe("keys.md");
  for (const metadata of [null, "text", {}, { title: 3 }]) expect(documentTitle(document(metadata))).toBe(null);
});

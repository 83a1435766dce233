import { useState } from "react";
import { visible } from "../core/text";
import { Button } from "./Button";
import "./longText.css";

const CHARS_MAX = 1200;
const LINES_MAX = 16;

/** Plain text; the end of a long one is shown on demand. */
export function LongText({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const begin = beginning(text);
  const cut = begin.length < text.length;
  return (
    <>
      <p className="long-text">{visible(all ? text : begin)}{cut && !all && "…"}</p>
      {cut && <Button small look="plain" aria-expanded={all} onClick={() => setAll(!all)}>{all ? "Show less" : `Show all ${text.length.toLocaleString("en-US")} characters`}</Button>}
    </>
  );
}

function beginning(text: string): string {
  const lines = text.split("\n", LINES_MAX + 1);
  const begin = lines.length > LINES_MAX ? lines.slice(0, LINES_MAX).join("\n") : text;
  return begin.length <= CHARS_MAX * 1.2 ? begin : begin.slice(0, CHARS_MAX).replace(/[\ud800-\udbff]$/, "");
}

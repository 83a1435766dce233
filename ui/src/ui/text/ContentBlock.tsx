import type { ReactNode } from "react";
import { visible } from "../../core/text";
import { jsonIn, sourceText } from "../../core/textKind";
import { CopyButton } from "../CopyButton";
import { JsonValue } from "../json/JsonValue";
import { Clamp, type TruncatedContent } from "./Clamp";
import { ContentModes } from "./ContentModes";
import { PrettyValue } from "./PrettyValue";
import { RichText } from "./RichText";
import { useContentMode } from "./useContentMode";
import "./text.css";

/**
 * Content of a trace in one of three forms: rendered, as its original text, or as JSON. The form is chosen for
 * all blocks at once, and remembered.
 */
export function ContentBlock({ value, label, title, text, tools, heightMax, truncated, children }: {
  value: unknown;
  /** Names the content in labels: `the input`. */
  label: string;
  title?: ReactNode;
  /** The content as text, if it differs from the text of `value`. */
  text?: string;
  tools?: ReactNode;
  heightMax?: number;
  truncated?: TruncatedContent;
  /** The rendered content, if it differs from the rendering of `value`. */
  children?: ReactNode;
}) {
  const [mode, setMode] = useContentMode();
  const source = text ?? sourceText(value);
  return (
    <div className="content">
      <div className="content-head">
        {title}
        <span className="grow" />
        {tools}
        <ContentModes mode={mode} onMode={setMode} label={visible(label)} />
        <CopyButton text={source} label={`Copy ${visible(label)}`} />
      </div>
      <Clamp heightMax={heightMax} truncated={truncated}>
        {mode === "pretty" ? (children ?? <PrettyValue value={value} label={label} />)
          : mode === "raw" ? <RichText text={source} markdown={false} />
          : <JsonValue value={(typeof value === "string" && jsonIn(value)) || value} label={label} />}
      </Clamp>
    </div>
  );
}

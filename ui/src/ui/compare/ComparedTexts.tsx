import { lazy, Suspense } from "react";
import { LETTERS } from "../../core/letters";
import { ContentBlock } from "../text/ContentBlock";
import "./comparedTexts.css";

const TextDiff = lazy(() => import("../TextDiff"));

/** One text of each trace: side by side, or as changes from the first. `null` for a trace without it. */
export function ComparedTexts({ texts, letters = LETTERS, label, sideBySide, none }: {
  texts: (string | null)[];
  /** The names of the traces. */
  letters?: readonly string[];
  label: string;
  sideBySide: boolean;
  none: string;
}) {
  const [first, ...others] = texts;
  const named = texts.map((text, at) => ({ text, letter: letters[at]! }));
  if (sideBySide || others.length === 0) return <SideBySide texts={named} label={label} none={none} />;
  return others.map((text, at) => (
    <div className="card" key={at}>
      {text === first
        ? <OneText text={text} title={`${letters[0]} → ${letters[at + 1]}${text === null ? "" : ": identical"}`} label={label} none={none} />
        : (
          <>
            <span className="meta">{letters[0]} → {letters[at + 1]}</span>
            <Suspense fallback={<p className="muted">…</p>}>
              <TextDiff before={first ?? ""} after={text ?? ""} unlike={<SideBySide texts={[named[0]!, named[at + 1]!]} label={label} none={none} />} />
            </Suspense>
          </>
        )}
    </div>
  ));
}

function SideBySide({ texts, label, none }: { texts: { text: string | null; letter: string }[]; label: string; none: string }) {
  return (
    <div className="compare-columns">
      {texts.map(({ text, letter }) => (
        <div className="card" key={letter}>
          <OneText text={text} title={letter} label={`${label} ${letter}`} none={none} />
        </div>
      ))}
    </div>
  );
}

function OneText({ text, title, label, none }: { text: string | null; title: string; label: string; none: string }) {
  const head = <span className="meta">{title}</span>;
  if (text === null) return <>{head}<p className="muted">{none}</p></>;
  return <ContentBlock title={head} value={text} label={label} />;
}

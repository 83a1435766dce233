import { lazy, Suspense } from "react";
import { ContentBlock } from "../../../ui/text/ContentBlock";
import { LETTERS } from "./letters";

const TextDiff = lazy(() => import("../../../ui/TextDiff"));

/** One text of each trace: side by side, or as changes from the first. `null` for a trace without it. */
export function Texts({ texts, label, sideBySide, none }: { texts: (string | null)[]; label: string; sideBySide: boolean; none: string }) {
  const [first, ...others] = texts;
  const named = texts.map((text, at) => ({ text, letter: LETTERS[at]! }));
  if (sideBySide) return <SideBySide texts={named} label={label} none={none} />;
  return others.map((text, at) => (
    <div className="card" key={at}>
      {text === first
        ? <OneText text={text} title={`${LETTERS[0]} → ${LETTERS[at + 1]}${text === null ? "" : ": identical"}`} label={label} none={none} />
        : (
          <>
            <span className="meta">{LETTERS[0]} → {LETTERS[at + 1]}</span>
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

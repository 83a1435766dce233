import { lazy, Suspense } from "react";
import { LongText } from "../../../ui/LongText";
import { LETTERS } from "./letters";

const TextDiff = lazy(() => import("../../../ui/TextDiff"));

/** One text of each trace: side by side, or as changes from the first. `null` for a trace without it. */
export function Texts({ texts, sideBySide, none }: { texts: (string | null)[]; sideBySide: boolean; none: string }) {
  const [first, ...others] = texts;
  if (sideBySide) {
    return (
      <div className="compare-columns">
        {texts.map((text, at) => (
          <div className="card" key={at}>
            <span className="meta">{LETTERS[at]}</span>
            {text === null ? <p className="muted">{none}</p> : <LongText text={text} />}
          </div>
        ))}
      </div>
    );
  }
  return others.map((text, at) => (
    <div className="card" key={at}>
      <span className="meta">{LETTERS[0]} → {LETTERS[at + 1]}{text === first && text !== null && ": identical"}</span>
      {text === null && first == null ? <p className="muted">{none}</p>
        : text === first ? <LongText text={text!} />
        : <Suspense fallback={<LongText text={text ?? ""} />}><TextDiff before={first ?? ""} after={text ?? ""} /></Suspense>}
    </div>
  ));
}

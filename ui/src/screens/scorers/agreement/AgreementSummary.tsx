import { plain } from "../../../core/chart";
import { kappaInterval, kappaNote, kappaWord, sameText, twoDigits } from "../../../core/scorer/agreementText";
import type { ScorerAgreement } from "../../../core/types";

/** The agreement in one figure and in words. */
export function AgreementSummary({ agreement }: { agreement: ScorerAgreement }) {
  const { kappa, numbers, complete } = agreement;
  const note = kappaNote(agreement);
  return (
    <section className="card stack" aria-label="Agreement">
      {kappa && (
        <p className="agreement-kappa">
          <b>κ {twoDigits(kappa.value)}</b> {kappaWord(kappa.value)} agreement
          {kappaInterval(kappa) && <span className="meta"> 95 % interval {kappaInterval(kappa)}</span>}
        </p>
      )}
      <p>{sameText(agreement)}.</p>
      {numbers && (
        <p>
          On average, the scorer gives {plain(Math.abs(numbers.mean_difference))} {numbers.mean_difference < 0 ? "less" : "more"} than people;
          the mean distance is {plain(numbers.mean_absolute_difference)}{numbers.correlation !== null && `, the correlation ${twoDigits(numbers.correlation)}`}.
        </p>
      )}
      {note && <p className="warn-text">{note}</p>}
      {!complete && <p className="warn-text">Only the newest traces were compared; there are more. Choose a shorter time range for the others.</p>}
      <p className="meta">
        Cohen’s κ is agreement beyond chance: 1 is perfect, 0 is what chance gives.{kappa?.is_weighted && " Near numbers count as partial agreement, by linear weights."}
        {agreement.scale === "intervals" && " Numbers are compared by five intervals of equal length."}
      </p>
    </section>
  );
}

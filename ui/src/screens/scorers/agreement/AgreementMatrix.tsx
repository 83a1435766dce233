import { exact, percent } from "../../../core/format";
import { visible } from "../../../core/text";
import type { ScorerAgreement } from "../../../core/types";
import type { Cell } from "../../../net/scorerAgreement";

/** How often each answer of the scorer met each answer of people. A cell lists its traces below. */
export function AgreementMatrix({ agreement: { categories, matrix, compared }, cell, onChoose }: {
  agreement: ScorerAgreement;
  cell: Cell | null;
  onChoose: (cell: Cell | null) => void;
}) {
  return (
    <section className="stack" aria-labelledby="matrix">
      <h2 id="matrix">Answers</h2>
      <div className="table-scroll" tabIndex={0} role="group" aria-labelledby="matrix">
        <table className="table agreement-matrix">
          <thead>
            <tr>
              <td />
              {categories.map((person) => <th key={person} scope="col" className="num"><span className="meta">person</span> {visible(person)}</th>)}
            </tr>
          </thead>
          <tbody>
            {categories.map((scorer, row) => (
              <tr key={scorer}>
                <th scope="row"><span className="meta">scorer</span> {visible(scorer)}</th>
                {categories.map((person, column) => {
                  const count = matrix[row]![column]!;
                  const isChosen = cell?.scorer === scorer && cell.person === person;
                  return (
                    <td key={person} className="num" data-same={row === column}>
                      {count === 0 ? <span className="muted">0</span> : (
                        <button
                          type="button" className="button small" aria-pressed={isChosen} title={`${percent(count / compared)} of all`}
                          aria-label={`${exact(count)}: scorer ${visible(scorer)}, person ${visible(person)}`}
                          onClick={() => onChoose(isChosen ? null : { scorer, person })}
                        >
                          {exact(count)}
                        </button>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

import { feedbackText } from "../../core/feedback";
import { exact } from "../../core/format";
import { visible } from "../../core/text";
import type { FeedbackStat } from "../../core/types";

/** All feedback names; one of them is selected. */
export function FeedbackNames({ names, chosen, onChoose }: {
  names: FeedbackStat[];
  chosen: string | null;
  onChoose: (name: string) => void;
}) {
  return (
    <nav className="feedback-names" aria-label="Feedback by name">
      <ul>
        {names.map((stat) => (
          <li key={stat.name}>
            <button type="button" className="menu-item" aria-current={stat.name === chosen ? "true" : undefined} onClick={() => onChoose(stat.name)}>
              <span className="grow">
                <span className="row">
                  <span className="ellipsis grow name">{visible(stat.name)}</span>
                  <span className="meta">{exact(stat.count)}</span>
                </span>
                {stat.pass_rate !== null && <Share share={stat.pass_rate} />}
                <span className="meta ellipsis">{feedbackText(stat)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Share({ share }: { share: number }) {
  return (
    <svg className="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden>
      <rect width="100" height="4" fill="var(--error)" />
      <rect width={share * 100} height="4" fill="var(--ok)" />
    </svg>
  );
}

// Instructions of judges that are not saved yet, kept in this browser: examples are added to them from other screens.
import { readPreference, writePreference } from "../../ui/browser/preferences";

const keyOf = (experimentId: string, scorer: string) => `judge.draft.${experimentId}.${scorer}`;

export function readJudgeDraft(experimentId: string, scorer: string): string | null {
  return readPreference(keyOf(experimentId, scorer));
}

/** `null` removes it. */
export function writeJudgeDraft(experimentId: string, scorer: string, instructions: string | null): void {
  writePreference(keyOf(experimentId, scorer), instructions);
}

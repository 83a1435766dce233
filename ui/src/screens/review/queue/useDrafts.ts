import { useState } from "react";
import type { Answers } from "../../../core/review/reviewAnswers";
import { readDraft, writeDraft } from "./reviewDrafts";

export interface Drafts {
  of: (traceId: string) => Answers | null;
  set: (traceId: string, answers: Answers | null) => void;
  /** Removes a draft that was saved, unless it was changed since. */
  saved: (traceId: string, answers: Answers) => void;
}

/** The drafts of a person in a queue. */
export function useDrafts(queueId: string, person: string): Drafts {
  const [changed, setChanged] = useState<ReadonlyMap<string, Answers | null>>(new Map());
  const key = (traceId: string) => `${person}\n${traceId}`;
  const put = (traceId: string, answers: Answers | null) => setChanged((before) => new Map(before).set(key(traceId), answers));
  return {
    of: (traceId) => {
      const draft = changed.get(key(traceId));
      return draft === undefined ? readDraft(queueId, person, traceId) : draft;
    },
    set: (traceId, answers) => {
      put(traceId, answers);
      writeDraft(queueId, person, traceId, answers);
    },
    saved: (traceId, answers) => {
      if (JSON.stringify(readDraft(queueId, person, traceId) ?? answers) !== JSON.stringify(answers)) return;
      put(traceId, null);
      writeDraft(queueId, person, traceId, null);
    },
  };
}

// Divides records into requests.
import type { RecordUpsert } from "./record";

const RECORDS_MAX = 500;
/** Characters of JSON; far below the limit of a request's body. */
const CHARS_MAX = 2_000_000;

/** Batches of at most 500 records and about two million characters; a longer record is a batch of its own. */
export function upsertBatches(records: readonly RecordUpsert[]): RecordUpsert[][] {
  const batches: RecordUpsert[][] = [];
  let chars = 0;
  for (const record of records) {
    const length = JSON.stringify(record).length;
    const batch = batches.at(-1);
    if (!batch || batch.length === RECORDS_MAX || CHARS_MAX < chars + length) {
      batches.push([record]);
      chars = length;
    } else {
      batch.push(record);
      chars += length;
    }
  }
  return batches;
}

export interface SearchProgress {
  /** Everything since this time has been searched. */
  backToMs: number;
  /** The searched share of all traces, 0 to 1; `null` if it is not known. */
  share: number | null;
}

/** One line of the help: a key and what it does. */
export interface KeyHelp {
  /** The key as shown on the screen: `Ctrl K`, `g t`. */
  key: string;
  does: string;
}

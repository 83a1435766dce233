/** One line of the help: a key and what it does. */
export interface KeyHelp {
  /** As it is written on the screen: `Ctrl K`, `g t`. */
  key: string;
  does: string;
}

/** The names of compared traces and runs. */
export const LETTERS = ["A", "B", "C", "D"];

// Splits text into lines that fit on the screen.

export interface Lines {
  count: number;
  line: (at: number) => string;
}

/** Lines of at most `max` characters; a longer line is split. */
export function lines(text: string, max = 240): Lines {
  const starts: number[] = [];
  for (let at = 0; at <= text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    for (let start = at; start === at || start < end; start += max) starts.push(start);
    at = end + 1;
    if (newline < 0) break;
  }
  return {
    count: starts.length,
    line: (at) => text.slice(starts[at], starts[at + 1] ?? text.length).replace(/\r?\n$/, ""),
  };
}

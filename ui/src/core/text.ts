// Makes untrusted text of traces safe to display.

// Terminal escape sequences: colours, cursor moves, titles.
// eslint-disable-next-line no-control-regex
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
// Bidirectional control characters can make text look like other text.
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Removes terminal escape sequences; makes control characters and direction marks visible. */
export function visible(text: string): string {
  return text
    .replace(ANSI, "")
    .replace(CONTROL, (char) => `\\x${hex(char, 2)}`)
    .replace(BIDI, (char) => `\\u${hex(char, 4)}`);
}

/** The URL if its scheme is safe to link to, else `null`. */
export function safeHref(address: string): string | null {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** Truncates a text to at most `charsMax` characters, between code points, and appends an ellipsis. */
export function shorten(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const cut = text.slice(0, charsMax - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

function hex(char: string, digits: number): string {
  return (char.codePointAt(0) ?? 0).toString(16).padStart(digits, "0");
}

// What a browser remembers for one person. In a frame of another site, or where storage is off, nothing is remembered.

export function readPreference(key: string): string | null {
  try {
    return localStorage.getItem(`kansoku.${key}`);
  } catch {
    return null;
  }
}

/** `null` forgets. */
export function writePreference(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`kansoku.${key}`);
    else localStorage.setItem(`kansoku.${key}`, value);
  } catch {
    // It holds until the page is left.
  }
}

// Preferences in local storage. In a frame of another site, or without storage, nothing is kept.

export function readPreference(key: string): string | null {
  try {
    return localStorage.getItem(`kansoku.${key}`);
  } catch {
    return null;
  }
}

/** `null` removes it. */
export function writePreference(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`kansoku.${key}`);
    else localStorage.setItem(`kansoku.${key}`, value);
  } catch {
    // It is kept until the page is closed.
  }
}

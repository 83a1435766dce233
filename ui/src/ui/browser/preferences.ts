// Preferences in local storage. Nothing is saved in a frame of another site, or if the browser has no storage.

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
    // The browser stores nothing; callers keep the value until the page is closed.
  }
}

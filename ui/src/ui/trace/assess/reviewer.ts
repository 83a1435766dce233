/** The name of the reviewer, kept in this browser, as there are no accounts. */
export function reviewer(): string {
  return localStorage.getItem("kansoku.reviewer") || "anonymous";
}

export function setReviewer(name: string): void {
  localStorage.setItem("kansoku.reviewer", name.trim());
}

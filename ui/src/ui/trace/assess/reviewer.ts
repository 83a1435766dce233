/** Who judges, as they call themselves in this browser; there are no accounts. */
export function reviewer(): string {
  return localStorage.getItem("kansoku.reviewer") || "anonymous";
}

export function setReviewer(name: string): void {
  localStorage.setItem("kansoku.reviewer", name.trim());
}

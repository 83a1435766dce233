export type Theme = "system" | "light" | "dark" | "contrast";
export const THEMES: Theme[] = ["system", "light", "dark", "contrast"];

export function chosenTheme(): Theme {
  const theme = localStorage.getItem("kansoku.theme");
  return THEMES.includes(theme as Theme) ? (theme as Theme) : "system";
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") {
    localStorage.removeItem("kansoku.theme");
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem("kansoku.theme", theme);
    document.documentElement.dataset.theme = theme;
  }
}

import { store, stored } from "./stored";

export type Theme = "system" | "light" | "dark" | "contrast";
export const THEMES: Theme[] = ["system", "light", "dark", "contrast"];
export const THEME_NAMES: Record<Theme, string> = { system: "System", light: "Light", dark: "Dark", contrast: "High contrast" };

export function chosenTheme(): Theme {
  const theme = stored("theme");
  return THEMES.includes(theme as Theme) ? (theme as Theme) : "system";
}

export function chooseTheme(theme: Theme): void {
  store("theme", theme === "system" ? null : theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

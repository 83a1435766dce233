import { writePreference, readPreference } from "./preferences";

export type Theme = "system" | "light" | "dark" | "contrast";
export const THEMES: Theme[] = ["system", "light", "dark", "contrast"];
export const THEME_NAMES: Record<Theme, string> = { system: "System", light: "Light", dark: "Dark", contrast: "High contrast" };

export function currentTheme(): Theme {
  const theme = readPreference("theme");
  return THEMES.includes(theme as Theme) ? (theme as Theme) : "system";
}

export function applyTheme(theme: Theme): void {
  writePreference("theme", theme === "system" ? null : theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Dark and light: what the system wants, until the reader says otherwise. */

import { store, stored } from "./storage.js";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const KEY = "mmgan-gallery:theme";

export function currentTheme(): Theme {
  return THEMES.find((theme) => theme === stored(KEY)) ?? "system";
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Whether what is shown is dark. */
export function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The other one, for this reader from now on; back to the system's where that is the same. */
export function toggleTheme(): void {
  const wanted: Theme = isDark() ? "light" : "dark";
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const theme = wanted === system ? "system" : wanted;
  store(KEY, theme);
  applyTheme(theme);
}

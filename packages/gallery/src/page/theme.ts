/** Dark and light: what the system wants, until the reader says otherwise. */

import { byId, icon, replaceChildren } from "./dom.js";
import { store, stored } from "./storage.js";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const KEY = "mmgan-gallery:theme";

function currentTheme(): Theme {
  return THEMES.find((theme) => theme === stored(KEY)) ?? "system";
}

/** Before anything is drawn. */
export const startTheme = (): void => applyTheme(currentTheme());

function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Whether what is shown is dark. */
function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The other one, for this reader from now on; back to the system's where that is the same. */
function toggleTheme(): void {
  const wanted: Theme = isDark() ? "light" : "dark";
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const theme = wanted === system ? "system" : wanted;
  store(KEY, theme);
  applyTheme(theme);
}

/** The button shows and names what it leads to. */
export function setUpThemeButton(): void {
  const button = byId("theme");
  const show = () => {
    const label = isDark() ? "Light colours" : "Dark colours";
    replaceChildren(button, icon(isDark() ? "sun" : "moon"));
    button.title = label;
    button.setAttribute("aria-label", label);
  };
  show();
  button.addEventListener("click", () => {
    toggleTheme();
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
}

/** What all pages share: the header with the ways between them, and the footer. */

import type { ComponentChildren } from "preact";
import { theme, toggleTheme } from "../draw/theme.js";
import "./site.css";

const PAGES = [["learn", "Learn"]] as const;
export type PageName = (typeof PAGES)[number][0];

export function Shell({ page, children }: { page: PageName; children: ComponentChildren }) {
  const other = theme.value === "dark" ? "light" : "dark";
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="site">
        <span class="brand">
          <svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true">
            <path class="moon-a" d="M3 16a9 9 0 0 1 17 0" />
            <path class="moon-b" d="M12 4a9 9 0 0 0 17 0" />
          </svg>
          <span>mmgan</span>
        </span>
        <nav aria-label="Pages">
          {PAGES.map(([name, title]) => (
            <a key={name} href={`./${name}.html`} aria-current={name === page ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <button type="button" class="theme" onClick={toggleTheme} aria-label={`Switch to ${other} colours`}>
          <span aria-hidden="true">{theme.value === "dark" ? "☀" : "☾"}</span>
        </button>
      </header>
      <main id="main">{children}</main>
      <footer class="site">
        Everything is computed on this device. After the page has loaded its own files nothing is sent or
        fetched.
      </footer>
    </>
  );
}

/** Pictures that could not be clustered, and why. */

import type { App, ViewElement } from "./app.js";
import { button, element, replaceChildren } from "./dom.js";
import { count, counted } from "./format.js";
import type { ErrorRows } from "./gallery-data.js";

/** Rows that are shown at once. */
const PAGE = 500;

/** What each code means, for people. A code that is not here stands alone. */
const MEANINGS: Readonly<Record<string, string>> = {
  E_IMAGE_EMPTY: "empty files",
  E_IMAGE_FORMAT: "no picture of a supported format",
  E_IMAGE_CORRUPT: "damaged pictures",
  E_IMAGE_SIZE: "too large",
  E_FILE_MISSING: "vanished",
  E_FILE_PERMISSION: "not permitted",
  E_FILE_KIND: "no plain file",
  E_FILE_CHANGED: "changed while read",
  E_FILE_NAME: "name not usable",
  E_FILE_READ: "not readable",
  E_LINK_LOOP: "links in a circle",
  E_ARCHIVE: "damaged archives",
};

export function errorsView(app: App, rows: ErrorRows): ViewElement {
  const counts = Object.entries(app.gallery.about.errors).sort(([, a], [, b]) => b - a);
  let code: string | null = null;
  let shown = PAGE;
  const filters = element("div", { class: "filters", role: "group", "aria-label": "Reasons" });
  const body = element("tbody");
  const more = element("p", { class: "more" });

  const draw = () => {
    const found = code === null ? rows : rows.filter(([, one]) => one === code);
    replaceChildren(
      body,
      ...found
        .slice(0, shown)
        .map(([path, one, reason]) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, path),
            element("td", {}, element("code", {}, one)),
            element("td", {}, reason),
          ),
        ),
    );
    const left = found.length - shown;
    replaceChildren(
      more,
      left > 0 &&
        button(`Show ${count(Math.min(PAGE, left))} more of ${count(left)}`, {
          onClick: () => {
            shown += PAGE;
            draw();
          },
        }),
    );
    for (const filter of filters.children)
      filter.setAttribute("aria-pressed", String((filter as HTMLElement).dataset.code === (code ?? "")));
  };
  const filterButton = (of: string | null, text: string) => {
    const made = button(text, {
      class: "chip",
      onClick: () => {
        code = of;
        shown = PAGE;
        draw();
      },
    });
    made.dataset.code = of ?? "";
    return made;
  };
  if (counts.length > 1) {
    filters.append(filterButton(null, `All ${count(rows.length)}`));
    for (const [one, found] of counts)
      filters.append(filterButton(one, `${MEANINGS[one] ?? one} ${count(found)}`));
  }
  draw();
  const table = element(
    "table",
    { class: "errors" },
    element(
      "thead",
      {},
      element("tr", {}, ...["File", "Code", "Reason"].map((head) => element("th", { scope: "col" }, head))),
    ),
    body,
  );
  return {
    element: element(
      "div",
      { class: "page", tabindex: 0, role: "region", "aria-label": "Errors" },
      counts.length > 1 ? filters : null,
      rows.length > 0 ? table : element("p", { class: "empty" }, "Every picture was clustered."),
      more,
    ),
    heading: element("h2", { class: "view-name" }, `${counted(rows.length, "picture")} not clustered`),
    ordered: false,
    update() {},
  };
}

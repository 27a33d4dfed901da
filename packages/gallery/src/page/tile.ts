/** One picture of a list. */

import type { App } from "./app.js";
import { element, icon } from "./dom.js";
import { percent } from "./format.js";
import { sheetPartOf, showPart } from "./thumbnail.js";

/** What stands below a picture. */
export type Caption = (picture: number) => string;

/** @param side - CSS pixels; `caption` null for none */
export function makeTile(
  { gallery, selection }: App,
  picture: number,
  { side, caption }: { readonly side: number; readonly caption: Caption | null },
): HTMLElement {
  const moved = gallery.corrections.moves.has(picture);
  const row = gallery.row(picture);
  const name = gallery.labelOf(picture);
  const below = row && caption ? caption(picture) : "";
  const label = [
    name,
    // What is read holds what is seen.
    below !== name ? below : "",
    row && !below.includes("%") ? percent(row.probability) : "",
    moved ? `moved here from ${gallery.nameOf(gallery.clusterBefore(picture))}` : "",
  ];
  const thumbnail = element("span", { class: "thumbnail" });
  if (gallery.failureOf(picture) === undefined)
    showPart(thumbnail, sheetPartOf(gallery.about, picture, gallery.clusterBefore(picture)), side);
  else thumbnail.append(icon("missing"));
  return element(
    "div",
    {
      class: `tile${moved ? " moved" : ""}`,
      role: "option",
      title: row?.path,
      "aria-label": label.filter(Boolean).join(", "),
      "aria-selected": selection.has(picture) ? "true" : "false",
      "data-picture": picture,
    },
    thumbnail,
    element("span", { class: "pick" }, icon("check")),
    caption && element("span", { class: "caption" }, below),
  );
}

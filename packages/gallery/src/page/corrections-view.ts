/** What was corrected, to look over, to take back and to save. */

import type { App, ViewElement } from "./app.js";
import { button, element, replaceChildren } from "./dom.js";
import { count, counted } from "./format.js";
import { sheetPartOf, showPart } from "./thumbnail.js";

/** Moves that are listed at once. */
const SHOWN_MAX = 500;
const SIDE = 40;

export interface CorrectionsActions {
  save(): void;
  load(): void;
}

export function correctionsView(app: App, actions: CorrectionsActions): ViewElement {
  const { gallery } = app;
  const { corrections } = gallery;
  const heading = element("h2", { class: "view-name" });
  const body = element("div");

  const nameRow = ([cluster, name]: readonly [number, string]) =>
    element(
      "li",
      {},
      element(
        "span",
        {},
        `${gallery.about.names[cluster] ?? `Cluster ${cluster}`} is now called `,
        element("strong", {}, name),
      ),
      button("Take back", {
        class: "button small",
        onClick: () => corrections.revert({ clusters: [cluster] }),
      }),
    );
  const moveRow = ([picture, cluster]: readonly [number, number]) => {
    const thumbnail = element("span", { class: "thumbnail" });
    if (gallery.failureOf(picture) === undefined)
      showPart(thumbnail, sheetPartOf(gallery.about, picture, gallery.clusterBefore(picture)), SIDE);
    return element(
      "li",
      {},
      thumbnail,
      element(
        "span",
        { class: "path" },
        gallery.pathOf(picture),
        element(
          "small",
          {},
          `from ${gallery.nameOf(gallery.clusterBefore(picture))} to ${gallery.nameOf(cluster)}`,
        ),
      ),
      button("Take back", {
        class: "button small",
        onClick: () => corrections.revert({ pictures: [picture] }),
      }),
    );
  };
  const draw = () => {
    const names = [...corrections.names];
    const moves = [...corrections.moves];
    heading.textContent = counted(corrections.count, "correction");
    replaceChildren(
      body,
      element(
        "div",
        { class: "actions" },
        button("Save corrections.json", { icon: "save", class: "button primary", onClick: actions.save }),
        button("Load a corrections file", { icon: "load", onClick: actions.load }),
        corrections.count > 0 &&
          button("Take all back", {
            onClick: () =>
              corrections.revert({
                clusters: [...corrections.names.keys()],
                pictures: [...corrections.moves.keys()],
              }),
          }),
      ),
      element(
        "p",
        { class: "note" },
        "This browser keeps them. To write them into the results, save the file and run ",
        element("code", {}, `mmgan apply corrections.json ${quoted(gallery.about.results)}`),
        ".",
      ),
      corrections.count === 0 &&
        element(
          "p",
          { class: "empty" },
          "Nothing is corrected yet. Drag a picture onto another cluster, or press M on it; rename a cluster with the pencil beside its name.",
        ),
      names.length > 0 && element("h3", {}, `Names (${count(names.length)})`),
      names.length > 0 && element("ul", { class: "corrections" }, ...names.map(nameRow)),
      moves.length > 0 && element("h3", {}, `Pictures moved (${count(moves.length)})`),
      moves.length > 0 && element("ul", { class: "corrections" }, ...moves.slice(0, SHOWN_MAX).map(moveRow)),
      moves.length > SHOWN_MAX &&
        element("p", { class: "note" }, `and ${count(moves.length - SHOWN_MAX)} more`),
    );
  };
  draw();
  return {
    element: element(
      "div",
      { class: "page", tabindex: 0, role: "region", "aria-label": "Corrections" },
      body,
    ),
    heading,
    ordered: false,
    update: draw,
  };
}

/** As a shell takes it. */
const quoted = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `"${name}"`);

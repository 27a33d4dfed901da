/** The keys. */

import { button, element } from "./dom.js";

const KEYS: readonly (readonly [string, string])[] = [
  ["← ↑ → ↓", "go from picture to picture, and from column to column"],
  ["Enter", "open the picture; ← and → show the ones beside it"],
  ["Space", "pick a picture; with Shift the arrows pick several"],
  ["M", "move the picture, or all that are picked, to another cluster"],
  ["Esc", "close, or pick none"],
  ["/", "search by file name"],
  ["Ctrl Z", "undo"],
  ["Ctrl S", "save corrections.json"],
  ["?", "these keys"],
];

export function helpDialog(): HTMLDialogElement {
  const dialog = element(
    "dialog",
    { class: "help", "aria-label": "Keys" },
    element("h2", {}, "Keys"),
    element(
      "dl",
      {},
      ...KEYS.flatMap(([key, does]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, does)]),
    ),
    element(
      "p",
      { class: "note" },
      "With a mouse: click opens a picture, Ctrl click and Shift click pick, dragging onto a cluster moves.",
    ),
    element(
      "div",
      { class: "actions" },
      button("Close", { class: "button primary", onClick: () => dialog.close() }),
    ),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return dialog;
}

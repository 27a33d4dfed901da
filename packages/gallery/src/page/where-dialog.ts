/** Asks which cluster pictures go to: the way to move them without a mouse. */

import { button, element, replaceChildren } from "./dom.js";
import { count, counted } from "./format.js";
import type { Gallery } from "./gallery.js";
import { sheetPartOf, showPart } from "./thumbnail.js";

const SIDE = 32;

export class WhereDialog {
  readonly element: HTMLDialogElement;
  readonly #gallery: Gallery;
  readonly #title = element("h2");
  readonly #list = element("ul", { class: "clusters" });
  readonly #filter = element("input", {
    type: "search",
    placeholder: "Cluster",
    "aria-label": "Cluster",
    autocomplete: "off",
  });
  #choose: (cluster: number) => void = () => {};

  constructor(gallery: Gallery) {
    this.#gallery = gallery;
    this.element = element(
      "dialog",
      { class: "where", "aria-label": "Move pictures" },
      this.#title,
      this.#filter,
      this.#list,
      element("div", { class: "actions" }, button("Cancel", { onClick: () => this.element.close() })),
    );
    this.#filter.addEventListener("input", () => this.#draw());
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.element.close();
    });
  }

  /** Opens for `pictures`; `choose` is called with a cluster, or never. */
  open(pictures: number, choose: (cluster: number) => void): void {
    this.#choose = choose;
    this.#title.textContent = `Move ${counted(pictures, "picture")} to`;
    this.#filter.value = "";
    this.#draw();
    this.element.showModal();
    this.#filter.focus();
  }

  /** Clusters whose name or number holds what is typed. */
  #draw(): void {
    const gallery = this.#gallery;
    const text = this.#filter.value.trim().toLowerCase();
    const found = gallery.clusters.filter((cluster) => {
      const name = gallery.nameOf(cluster).toLowerCase();
      return text === "" || String(cluster) === text || name.includes(text);
    });
    replaceChildren(
      this.#list,
      ...found.map((cluster) => {
        const thumbnail = element("span", { class: "thumbnail" });
        const first = gallery.about.starts[cluster]!;
        if (first < gallery.about.starts[cluster + 1]!)
          showPart(thumbnail, sheetPartOf(gallery.about, first, cluster), SIDE);
        const made = button(gallery.nameOf(cluster), {
          class: "cluster",
          onClick: () => this.#take(cluster),
        });
        made.prepend(thumbnail);
        made.append(element("span", { class: "count" }, count(gallery.sizeOf(cluster))));
        return element("li", {}, made);
      }),
      found.length === 0 && element("li", { class: "empty" }, "No cluster is called that."),
    );
  }

  #take(cluster: number): void {
    this.element.close();
    this.#choose(cluster);
  }

  #onKey(event: KeyboardEvent): void {
    const buttons = [...this.#list.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === "ArrowDown") (buttons[at + 1] ?? buttons.at(-1))?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? buttons[at - 1]! : this.#filter).focus();
    else if (event.key === "Enter" && document.activeElement === this.#filter) buttons[0]?.click();
    else return;
    event.preventDefault();
  }
}

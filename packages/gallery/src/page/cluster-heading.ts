/** A cluster's name, its size, and the way to call it otherwise. */

import type { App } from "./app.js";
import { nameProblem } from "./cluster-name.js";
import { button, element, replaceChildren } from "./dom.js";
import { count, counted } from "./format.js";
import { formatRoute } from "./route.js";

export class ClusterHeading {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #cluster: number;
  readonly #link: boolean;

  /** @param link - whether the name leads to the cluster's own view */
  constructor(app: App, cluster: number, link: boolean) {
    this.#app = app;
    this.#cluster = cluster;
    this.#link = link;
    this.element = element("div", { class: "cluster-heading" });
    this.update();
  }

  update(): void {
    const { gallery, route } = this.#app;
    const cluster = this.#cluster;
    const name = gallery.nameOf(cluster);
    const renamed = gallery.corrections.names.has(cluster);
    const href = formatRoute({ view: { kind: "cluster", cluster }, order: route.order, picture: null });
    const size = gallery.sizeOf(cluster);
    const shown = gallery.about.starts[cluster + 1]! - gallery.about.starts[cluster]!;
    const isCut = shown < gallery.about.sizes[cluster]!;
    replaceChildren(
      this.element,
      element(
        "h2",
        { class: "cluster-name" },
        this.#link ? element("a", { href, title: `Show all of ${name}` }, name) : name,
      ),
      button(null, {
        icon: "pencil",
        label: `Rename ${name}`,
        class: "icon-button",
        onClick: () => this.edit(),
      }),
      element(
        "p",
        { class: "cluster-size" },
        renamed ? element("span", { class: "badge" }, "renamed") : null,
        isCut
          ? `${count(shown)} of ${counted(gallery.about.sizes[cluster]!, "picture")}`
          : counted(size, "picture"),
      ),
    );
  }

  /** Turns the name into a field: Enter keeps what is typed, Escape the old name. */
  edit(): void {
    const { gallery } = this.#app;
    const before = gallery.corrections.nameOf(this.#cluster) ?? "";
    const problem = element("p", { class: "problem", id: `problem-${this.#cluster}`, role: "alert" });
    const field = element("input", {
      class: "name-field",
      type: "text",
      value: before,
      placeholder: gallery.nameOf(this.#cluster),
      "aria-label": `Name of ${gallery.nameOf(this.#cluster)}`,
      "aria-describedby": problem.id,
      autocomplete: "off",
      spellcheck: "false",
    });
    let open = true;
    const close = (returnFocus: boolean) => {
      open = false;
      this.update();
      if (returnFocus) this.element.querySelector<HTMLElement>("button")?.focus();
    };
    const keep = (returnFocus: boolean) => {
      const name = field.value.trim();
      if (name === before || (name === "" && before === "")) return close(returnFocus);
      const found = nameProblem(name);
      if (found) {
        problem.textContent = found;
        field.setAttribute("aria-invalid", "true");
        return;
      }
      open = false;
      gallery.corrections.rename(this.#cluster, name);
      close(returnFocus);
      this.#app.say(`Renamed to ${name}.`, true);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") keep(true);
      else if (event.key === "Escape") close(true);
      else return;
      // The key must not press the button that gets the focus now.
      event.preventDefault();
    });
    field.addEventListener("blur", () => {
      if (!open) return;
      if (nameProblem(field.value.trim()) === null) keep(false);
      else close(false);
    });
    replaceChildren(this.element, field, problem);
    field.focus();
    field.select();
  }
}

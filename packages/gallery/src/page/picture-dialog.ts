/** One picture in full, with what the model says of it. */

import type { App } from "./app.js";
import { button, element, replaceChildren } from "./dom.js";
import { count, fileSize, number, percent } from "./format.js";
import { originalUrls } from "./original.js";
import { sheetPartOf, showPart } from "./thumbnail.js";

/** Clusters whose probabilities are listed at most; the first ones of them even when they are next to nothing. */
const LISTED = 8;
const LISTED_ALWAYS = 3;

export class PictureDialog {
  readonly element: HTMLDialogElement;
  readonly #app: App;
  readonly #onChange: (picture: number | null) => void;
  readonly #stage = element("div", { class: "stage" });
  readonly #side = element("div", { class: "side" });
  #picture = -1;
  #list: readonly number[] = [];

  /** @param onChange - told which picture is open, null when none is */
  constructor(app: App, onChange: (picture: number | null) => void) {
    this.#app = app;
    this.#onChange = onChange;
    const previous = button(null, {
      icon: "left",
      label: "Picture before",
      class: "icon-button previous",
      onClick: () => this.#step(-1),
    });
    const next = button(null, {
      icon: "right",
      label: "Next picture",
      class: "icon-button next",
      onClick: () => this.#step(1),
    });
    const close = button(null, {
      icon: "close",
      label: "Close",
      class: "icon-button close",
      onClick: () => this.element.close(),
    });
    this.element = element(
      "dialog",
      { class: "picture", "aria-label": "Picture", autofocus: true, tabindex: -1 },
      element("div", { class: "viewer" }, this.#stage, previous, next),
      this.#side,
      close,
    );
    this.element.addEventListener("close", () => {
      // What is still loading is not wanted any more.
      this.#picture = -1;
      this.#onChange(null);
    });
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.element.close();
    });
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get picture(): number | null {
    return this.element.open ? this.#picture : null;
  }

  async open(picture: number, list: readonly number[]): Promise<void> {
    this.#list = list;
    await this.#show(picture);
    if (picture === this.#picture && !this.element.open) this.element.showModal();
  }

  /** After corrections. */
  update(): void {
    if (this.element.open) void this.#drawSide(this.#picture);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).matches("select")) return;
    if (event.key === "ArrowLeft") this.#step(-1);
    else if (event.key === "ArrowRight") this.#step(1);
    else if (event.key.toLowerCase() === "m") this.#app.askWhere([this.#picture]);
    else return;
    event.preventDefault();
  }

  #step(direction: -1 | 1): void {
    const to = this.#list[this.#list.indexOf(this.#picture) + direction];
    if (to !== undefined) void this.#show(to);
  }

  async #show(picture: number): Promise<void> {
    this.#picture = picture;
    await this.#app.gallery.ensure([picture]);
    if (picture !== this.#picture) return;
    this.#onChange(picture);
    this.#drawStage(picture);
    await this.#drawSide(picture);
  }

  /** The picture from the first place that has it, its thumbnail meanwhile and otherwise. */
  #drawStage(picture: number): void {
    const { gallery } = this.#app;
    const row = gallery.row(picture)!;
    const label = gallery.labelOf(picture);
    const failure = gallery.failureOf(picture);
    const thumbnail = element("span", { class: "thumbnail", role: "img", "aria-label": label });
    if (failure === undefined)
      showPart(thumbnail, sheetPartOf(gallery.about, picture, gallery.clusterBefore(picture)), 320);
    else thumbnail.append(element("span", { class: "failure" }, `Cannot be read any more: ${failure}`));
    replaceChildren(this.#stage, thumbnail);
    const urls = originalUrls(gallery.about, row, location.protocol);
    const tryNext = () => {
      const url = urls.shift();
      if (url === undefined) return;
      const image = element("img", { alt: label, draggable: "false", decoding: "async" });
      image.addEventListener("load", () => {
        if (this.#picture !== picture) return;
        // A small picture is enlarged, a tiny one so that its pixels are seen.
        const side = Math.max(image.naturalWidth, image.naturalHeight);
        image.classList.toggle("small", side < 480);
        image.classList.toggle("tiny", side <= 64);
        replaceChildren(this.#stage, image);
      });
      image.addEventListener("error", tryNext);
      image.src = url;
    };
    tryNext();
  }

  async #drawSide(picture: number): Promise<void> {
    const { gallery } = this.#app;
    const probabilities = await gallery.probabilitiesOf(picture);
    if (picture !== this.#picture) return;
    const row = gallery.row(picture)!;
    const cluster = gallery.corrections.clusterOf(picture);
    const before = gallery.clusterBefore(picture);
    const place = this.#list.indexOf(picture);
    const select = element(
      "select",
      { id: "picture-cluster" },
      ...gallery.clusters.map((one) =>
        element("option", { value: one, selected: one === cluster }, gallery.nameOf(one)),
      ),
    );
    select.addEventListener("change", () => this.#app.move([picture], Number(select.value)));
    const folder = row.path.slice(0, row.path.lastIndexOf("/") + 1);
    const hadFocus = this.#side.contains(document.activeElement);
    const facts: (readonly [string, string])[] = [
      ["Probability", percent(row.probability)],
      ["Margin to the second", percent(row.margin)],
      ["Entropy", `${number(row.entropy)} nats`],
    ];
    if (row.distance !== null) facts.push(["Distance to the centre", number(row.distance)]);
    if (row.percentile !== null) facts.push(["Training pictures nearer", percent(row.percentile / 100)]);
    facts.push(["Size", `${count(row.width)} × ${count(row.height)} pixels`], ["File", fileSize(row.bytes)]);
    replaceChildren(
      this.#side,
      element(
        "p",
        { class: "place" },
        place >= 0 ? `${count(place + 1)} of ${count(this.#list.length)}` : "",
      ),
      element("h2", {}, gallery.labelOf(picture)),
      folder && element("p", { class: "folder" }, folder),
      row.outlier && element("p", { class: "badge outlier" }, "Outlier"),
      element(
        "div",
        { class: "move" },
        element("label", { for: "picture-cluster" }, "Cluster"),
        select,
        cluster !== before &&
          element(
            "p",
            { class: "note" },
            `The model chose ${gallery.nameOf(before)}. `,
            button("Take back", {
              class: "link",
              onClick: () => gallery.corrections.revert({ pictures: [picture] }),
            }),
          ),
      ),
      element("h3", {}, "Probabilities"),
      probabilities
        ? this.#bars(probabilities, before)
        : element(
            "p",
            { class: "note" },
            `${gallery.nameOf(before)}: ${percent(row.probability)}. The results hold no others.`,
          ),
      element(
        "dl",
        {},
        ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
      ),
    );
    if (hadFocus) this.#side.querySelector<HTMLElement>("select")?.focus();
  }

  #bars(probabilities: readonly number[], chosen: number): HTMLElement {
    const { gallery } = this.#app;
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!);
    const listed = order
      .slice(0, LISTED)
      .filter((cluster, i) => i < LISTED_ALWAYS || probabilities[cluster]! >= 0.001);
    const rest = order.slice(listed.length);
    const sum = rest.reduce((total, cluster) => total + probabilities[cluster]!, 0);
    const bar = (name: string, share: number, isChosen: boolean) =>
      element(
        "li",
        { class: isChosen ? "chosen" : null },
        element("span", { class: "of" }, name),
        element("span", { class: "share" }, percent(share)),
        element("span", { class: "bar", "aria-hidden": "true" }, filled(share)),
      );
    return element(
      "ol",
      { class: "bars" },
      ...listed.map((cluster) => bar(gallery.nameOf(cluster), probabilities[cluster]!, cluster === chosen)),
      rest.length > 0 && bar(`${count(rest.length)} others`, sum, false),
    );
  }
}

function filled(share: number): HTMLElement {
  const part = element("span");
  part.style.width = `${share * 100}%`;
  return part;
}

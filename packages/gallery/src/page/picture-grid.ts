/** Pictures in rows of tiles. Only those in view are in the document, so that their number does not matter. */

import type { App } from "./app.js";
import { element, setAttributes } from "./dom.js";
import { endDrag, startDrag } from "./drag.js";
import { counted } from "./format.js";
import { type Caption, makeTile } from "./tile.js";

const GAP = 6;
const CAPTION = 18;
/** Rows that are ready above and below what is seen. */
const SPARE_ROWS = 3;

export interface GridOptions {
  /** What a screen reader calls the list. */
  readonly label: string;
  /** What stands there when there are no pictures. */
  readonly empty: string;
  /** CSS pixels of a tile at least, where captions need room. Default 0. */
  readonly tileMin?: number;
  /** Called when an arrow key leaves the grid to the left (-1) or right (1), with the row it left. */
  onLeave?(direction: -1 | 1, row: number): void;
}

/** Milliseconds a finger rests before it picks. */
const REST = 450;

const hasMouse = matchMedia("(hover: hover)");
let grids = 0;

export class PictureGrid {
  /** Scrolls. */
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #options: GridOptions;
  readonly #id = `grid-${grids++}`;
  readonly #list: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #tiles = new Map<number, { element: HTMLElement; picture: number }>();
  #pictures: readonly number[] = [];
  #caption: Caption | null = null;
  /** Place in the list that keys act on. */
  #active = 0;
  /** Where a range of picked pictures began. */
  #anchor = 0;
  #columns = 1;
  /** Side of a tile, CSS pixels: what was asked for, and its share of what a row leaves over. */
  #tile = 0;
  #drawing = false;
  /** Whether the finger that is lifted now has picked already. */
  #rested = false;

  constructor(app: App, options: GridOptions) {
    this.#app = app;
    this.#options = options;
    this.#list = element("div", {
      class: "grid-list",
      role: "listbox",
      tabindex: 0,
      "aria-multiselectable": "true",
      "aria-label": options.label,
    });
    this.#empty = element("p", { class: "empty" }, options.empty);
    this.element = element("div", { class: "grid" }, this.#list, this.#empty);
    this.element.addEventListener("scroll", () => this.#drawSoon(), { passive: true });
    new ResizeObserver(() => this.#layOut()).observe(this.element);
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    this.#list.addEventListener("dragstart", (event) => this.#onDragStart(event));
    this.#list.addEventListener("dragend", endDrag);
    this.#list.addEventListener("pointerdown", (event) => this.#onPress(event));
    this.#list.addEventListener("focus", () => this.#drawSoon());
  }

  get pictures(): readonly number[] {
    return this.#pictures;
  }

  /** @param caption - what stands below a tile; null for nothing */
  set(pictures: readonly number[], caption: Caption | null): void {
    this.#pictures = pictures;
    this.#caption = caption;
    this.#active = Math.min(this.#active, Math.max(0, pictures.length - 1));
    this.#anchor = this.#active;
    this.#empty.hidden = pictures.length > 0;
    this.#list.hidden = pictures.length === 0;
    this.#dropTiles();
    this.#layOut();
  }

  /** Draws again what is picked, moved or named otherwise. */
  refresh(): void {
    this.#dropTiles();
    this.#draw();
  }

  /** Takes the keys, at a row (the nearest there is). */
  focus(row?: number, column: "first" | "last" = "first"): void {
    if (this.#pictures.length === 0) return;
    if (row !== undefined) {
      const last = Math.floor((this.#pictures.length - 1) / this.#columns);
      const start = Math.min(row, last) * this.#columns;
      this.#setActive(
        Math.min(this.#pictures.length - 1, column === "first" ? start : start + this.#columns - 1),
      );
    }
    this.#list.focus({ preventScroll: true });
  }

  /** Makes a picture the active one, where it is in the list. */
  activate(picture: number): void {
    const place = this.#pictures.indexOf(picture);
    if (place >= 0) this.#setActive(place);
  }

  get #tileHeight(): number {
    return this.#tile + (this.#caption ? CAPTION : 0);
  }

  #layOut(): void {
    const width = this.element.clientWidth;
    if (width === 0) return;
    const wanted = Math.max(this.#app.tile, this.#options.tileMin ?? 0);
    const columns = Math.max(1, Math.floor((width - GAP) / (wanted + GAP)));
    const tile = Math.floor((width - GAP) / columns) - GAP;
    if (columns !== this.#columns || tile !== this.#tile) this.#dropTiles();
    this.#columns = columns;
    this.#tile = tile;
    this.#list.style.setProperty("--tile", `${tile}px`);
    const rows = Math.ceil(this.#pictures.length / columns);
    this.#list.style.height = `${rows * (this.#tileHeight + GAP) + GAP}px`;
    this.#draw();
  }

  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  /** Places of the first tile in the document and behind the last. */
  #range(): [number, number] {
    const { scrollTop, clientHeight } = this.element;
    const height = this.#tileHeight + GAP;
    const first = Math.max(0, Math.floor(scrollTop / height) - SPARE_ROWS);
    const last = Math.ceil((scrollTop + clientHeight) / height) + SPARE_ROWS;
    return [first * this.#columns, Math.min(this.#pictures.length, last * this.#columns)];
  }

  #draw(): void {
    if (this.element.clientHeight === 0) return;
    const [from, to] = this.#range();
    for (const [place, { element: tile }] of this.#tiles)
      if (place < from || place >= to) {
        tile.remove();
        this.#tiles.delete(place);
      }
    const missing: number[] = [];
    for (let place = from; place < to; place++) {
      const picture = this.#pictures[place]!;
      if (!this.#app.gallery.row(picture)) missing.push(picture);
      if (this.#tiles.has(place)) continue;
      const tile = this.#makeTile(place, picture);
      this.#tiles.set(place, { element: tile, picture });
      this.#list.appendChild(tile);
    }
    this.#markActive();
    if (missing.length > 0) void this.#load(missing);
  }

  async #load(pictures: readonly number[]): Promise<void> {
    await this.#app.gallery.ensure(pictures);
    const late = new Set(pictures);
    for (const [place, { element: tile, picture }] of this.#tiles)
      if (late.has(picture)) {
        const made = this.#makeTile(place, picture);
        tile.replaceWith(made);
        this.#tiles.set(place, { element: made, picture });
      }
    this.#markActive();
  }

  #makeTile(place: number, picture: number): HTMLElement {
    const made = makeTile(this.#app, picture, { side: this.#tile, caption: this.#caption });
    setAttributes(made, {
      id: `${this.#id}-${place}`,
      "aria-setsize": this.#pictures.length,
      "aria-posinset": place + 1,
      "data-place": place,
      // A finger that rests on a picture picks it.
      draggable: hasMouse.matches ? "true" : "false",
    });
    const left = GAP + (place % this.#columns) * (this.#tile + GAP);
    const top = GAP + Math.floor(place / this.#columns) * (this.#tileHeight + GAP);
    made.style.transform = `translate(${left}px, ${top}px)`;
    return made;
  }

  #dropTiles(): void {
    for (const { element: tile } of this.#tiles.values()) tile.remove();
    this.#tiles.clear();
  }

  #markActive(): void {
    for (const [place, { element: tile }] of this.#tiles)
      tile.classList.toggle("active", place === this.#active);
    if (this.#tiles.has(this.#active))
      this.#list.setAttribute("aria-activedescendant", `${this.#id}-${this.#active}`);
    else this.#list.removeAttribute("aria-activedescendant");
  }

  #setActive(place: number): void {
    this.#active = Math.max(0, Math.min(this.#pictures.length - 1, place));
    const height = this.#tileHeight + GAP;
    const top = Math.floor(this.#active / this.#columns) * height;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + height + GAP > scrollTop + clientHeight)
      this.element.scrollTop = top + height + GAP - clientHeight;
    this.#draw();
  }

  #onKey(event: KeyboardEvent): void {
    const picture = this.#pictures[this.#active];
    if (picture === undefined || event.altKey) return;
    const { selection } = this.#app;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== "a") return;
      event.preventDefault();
      selection.add(this.#pictures);
      return;
    }
    const way = this.#wayOf(event.key);
    if (way !== undefined) {
      event.preventDefault();
      this.#step(event.key, way, event.shiftKey);
      return;
    }
    if (event.key === "Enter") this.#app.open(picture, this.#pictures);
    else if (event.key === " ") {
      selection.toggle(picture);
      this.#anchor = this.#active;
    } else if (event.key.toLowerCase() === "m") this.#app.askWhere(this.#picked(picture));
    else return;
    event.preventDefault();
  }

  /** How many places a key goes. */
  #wayOf(key: string): number | undefined {
    const rows = Math.max(1, Math.floor(this.element.clientHeight / (this.#tileHeight + GAP)));
    const ways: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -this.#columns,
      ArrowDown: this.#columns,
      PageUp: -this.#columns * rows,
      PageDown: this.#columns * rows,
      Home: -this.#active,
      End: this.#pictures.length - 1 - this.#active,
    };
    return ways[key];
  }

  #step(key: string, way: number, extend: boolean): void {
    const column = this.#active % this.#columns;
    const row = Math.floor(this.#active / this.#columns);
    const leaves =
      (key === "ArrowLeft" && column === 0) ||
      (key === "ArrowRight" && (column === this.#columns - 1 || this.#active === this.#pictures.length - 1));
    if (leaves && !extend && this.#options.onLeave) {
      this.#options.onLeave(key === "ArrowLeft" ? -1 : 1, row);
      return;
    }
    const to = this.#active + way;
    // Up and down stay in their column.
    if (/^Arrow(Up|Down)$/.test(key) && (to < 0 || to >= this.#pictures.length)) return;
    if (!extend) this.#anchor = Math.max(0, Math.min(this.#pictures.length - 1, to));
    this.#setActive(to);
    if (extend) this.#app.selection.add(this.#between(this.#anchor, this.#active));
  }

  #between(a: number, b: number): readonly number[] {
    return this.#pictures.slice(Math.min(a, b), Math.max(a, b) + 1);
  }

  /** All that are picked, where this one is among them; else this one. */
  #picked(picture: number): number[] {
    const { selection } = this.#app;
    return selection.has(picture) || selection.size > 0 ? selection.all() : [picture];
  }

  #placeOf(event: Event): number | null {
    const tile = (event.target as Element).closest<HTMLElement>(".tile");
    return tile ? Number(tile.dataset.place) : null;
  }

  #onClick(event: MouseEvent): void {
    const place = this.#placeOf(event);
    if (place === null || this.#rested) return;
    const picture = this.#pictures[place]!;
    const { selection } = this.#app;
    this.#active = place;
    if (event.shiftKey) selection.add(this.#between(this.#anchor, place));
    else {
      this.#anchor = place;
      const picks =
        event.ctrlKey ||
        event.metaKey ||
        (hasMouse.matches ? (event.target as Element).closest(".pick") !== null : selection.size > 0);
      if (picks) selection.toggle(picture);
      else this.#app.open(picture, this.#pictures);
    }
    this.#markActive();
  }

  /** A finger that rests on a picture picks it; from then on a tap does. */
  #onPress(event: PointerEvent): void {
    this.#rested = false;
    const place = this.#placeOf(event);
    if (event.pointerType !== "touch" || place === null) return;
    const picture = this.#pictures[place]!;
    const timer = setTimeout(() => {
      this.#rested = true;
      this.#app.selection.toggle(picture);
    }, REST);
    const stop = () => clearTimeout(timer);
    for (const end of ["pointerup", "pointercancel", "pointerleave"])
      this.#list.addEventListener(end, stop, { once: true });
  }

  #onDragStart(event: DragEvent): void {
    const place = this.#placeOf(event);
    if (place === null) return;
    const picture = this.#pictures[place]!;
    const { gallery, selection } = this.#app;
    const pictures = selection.has(picture) ? selection.all() : [picture];
    startDrag(
      event,
      pictures,
      pictures.length === 1 ? gallery.labelOf(picture) : counted(pictures.length, "picture"),
    );
    const thumbnail = (event.target as Element).querySelector?.<HTMLElement>(".thumbnail");
    if (thumbnail) event.dataTransfer?.setDragImage(thumbnail, this.#tile / 2, this.#tile / 2);
  }
}

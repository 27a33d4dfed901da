/** What the views may ask of the page. */

import type { Gallery } from "./gallery.js";
import type { Order, Route } from "./route.js";
import type { Selection } from "./selection.js";

export interface App {
  readonly gallery: Gallery;
  readonly selection: Selection;
  readonly route: Route;
  /** Side of a tile, CSS pixels. */
  readonly tile: number;
  /** Shows something else; what is left out stays. */
  go(route: Partial<Route>): void;
  /** Opens a picture; `list` is what lies before and behind it. */
  open(picture: number, list: readonly number[]): void;
  /** Asks for a cluster, and moves them there. */
  askWhere(pictures: readonly number[]): void;
  move(pictures: readonly number[], cluster: number): void;
  /** Says what was done, for a moment. */
  say(text: string, undo?: boolean): void;
}

/** One view of the page. */
export interface ViewElement {
  readonly element: HTMLElement;
  /** What the toolbar holds before the order and the size. */
  readonly heading: HTMLElement;
  /** Whether the order of pictures can be chosen. */
  readonly ordered: boolean;
  /** After corrections, another order or another size of tiles. */
  update(): void;
}

/** What is written below a tile in an order: what the order goes by. */
export function captionOf(gallery: Gallery, order: Order): ((picture: number) => string) | null {
  if (order === "name") return (picture) => gallery.labelOf(picture);
  if (order === "uncertain") return (picture) => shortPercent(gallery.numberOf(picture, "probability"));
  if (order === "far") return (picture) => shortNumber(gallery.numberOf(picture, "distance"));
  return null;
}

const shortPercent = (share: number): string => (Number.isNaN(share) ? "" : `${Math.round(share * 100)} %`);
const shortNumber = (value: number): string => (Number.isNaN(value) ? "" : `${Number(value.toPrecision(3))}`);

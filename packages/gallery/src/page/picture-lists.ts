/** Which pictures a view shows, in which order. All rows must be loaded, but for the order "typical". */

import type { Gallery } from "./gallery.js";
import type { Order } from "./route.js";

/** Pictures of a cluster as corrected; those that were moved into it come first. */
export function picturesOf(gallery: Gallery, cluster: number, order: Order): number[] {
  const { starts } = gallery.about;
  const { moves } = gallery.corrections;
  const moved: number[] = [];
  for (const [picture, to] of moves) if (to === cluster) moved.push(picture);
  const own: number[] = [];
  for (let picture = starts[cluster]!; picture < starts[cluster + 1]!; picture++)
    if (!moves.has(picture)) own.push(picture);
  return [...moved, ...sorted(gallery, own, order)];
}

/** Sorts in place. Equal ones stay in the page's order. */
export function sorted(gallery: Gallery, pictures: number[], order: Order): number[] {
  if (order === "typical") return pictures;
  if (order === "name") {
    const { compare } = new Intl.Collator("en", { numeric: true });
    return pictures.sort((a, b) => compare(gallery.pathOf(a), gallery.pathOf(b)));
  }
  if (order === "uncertain") return byNumber(pictures, (picture) => gallery.numberOf(picture, "margin"));
  return byNumber(pictures, (picture) => -gallery.numberOf(picture, "distance"));
}

/** Ascending; those without a number last. */
function byNumber(pictures: number[], numberOf: (picture: number) => number): number[] {
  const keys = new Map(pictures.map((picture) => [picture, numberOf(picture)]));
  const key = (picture: number) => {
    const value = keys.get(picture)!;
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  return pictures.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

/** Pictures that a view of the least certain shows where no distance is known. */
const UNCERTAIN_MAX = 1000;

/** Farthest first, as a share of their own cluster; where no distances are known, the least certain ones. */
export function outliersOf(gallery: Gallery): number[] {
  const all = Array.from({ length: gallery.pictures }, (_, picture) => picture);
  if (!gallery.about.distances) return sorted(gallery, all, "uncertain").slice(0, UNCERTAIN_MAX);
  const outliers = all.filter((picture) => gallery.row(picture)!.outlier);
  return sorted(gallery, outliers, "far");
}

/** Pictures whose path holds each word of `text`, in upper or lower case; all of them for no word. */
export function foundIn(gallery: Gallery, text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found: number[] = [];
  for (let picture = 0; picture < gallery.pictures; picture++) {
    const path = gallery.pathOf(picture).toLowerCase();
    if (words.every((word) => path.includes(word))) found.push(picture);
  }
  return found;
}

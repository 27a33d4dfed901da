/** Which names are taken for pictures, told by their endings. */

import { extname } from "node:path";

/** Endings of the raster formats that are decoded. */
export const DECODED_ENDINGS = [
  ".png",
  ".jpg",
  ".jpeg",
  ".jpe",
  ".jfif",
  ".webp",
  ".gif",
  ".avif",
  ".tif",
  ".tiff",
];
/** Endings of pictures that are not: listed too, so that they become errors a person sees, not silence. */
const RECOGNISED_ENDINGS = [".bmp", ".heic", ".heif", ".jp2", ".jxl"];
const ENDINGS = new Set([...DECODED_ENDINGS, ...RECOGNISED_ENDINGS]);

/** @param svg - also .svg. Default false */
export function hasImageEnding(name: string, svg = false): boolean {
  const ending = extname(name).toLowerCase();
  return ENDINGS.has(ending) || (svg && ending === ".svg");
}

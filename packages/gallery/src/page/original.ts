/** Addresses of a picture in full. */

import type { About } from "./gallery-data.js";

/**
 * Where a picture may be found, the likeliest place first.
 *
 * @param protocol - of the page: a page from a server cannot show files of the reader's disk
 */
export function originalUrls(
  { originals }: Pick<About, "originals">,
  { path, copy }: { readonly path: string; readonly copy: string | null },
  protocol: string,
): string[] {
  if (originals.kind === "none") return [];
  if (originals.kind === "copied") return copy === null ? [] : [`originals/${copy}`];
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const isFile = protocol === "file:";
  if (path.startsWith("/")) return isFile ? [`file://${encoded}`] : [];
  if (/^[A-Za-z]:[\\/]/.test(path)) return isFile ? [`file:///${encodeURI(path.replaceAll("\\", "/"))}`] : [];
  const urls: string[] = [];
  if (originals.relative !== null) urls.push(`${originals.relative}${encoded}`);
  if (isFile) urls.push(`${originals.absolute}${encoded}`);
  return urls;
}

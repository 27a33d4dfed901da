/** A bundle as one file to download. */

import { zipSync } from "fflate";

/**
 * @param name - the folder that the archive holds
 * @param files - the bundle's, by name
 */
export function zipBundle(name: string, files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const tree = Object.fromEntries([...files].map(([file, bytes]) => [`${name}/${file}`, bytes]));
  // Weights are noise to a compressor, and the hour of the download is nobody's business.
  return zipSync(tree, { level: 1, mtime: new Date(1980, 0, 1) }) as Uint8Array<ArrayBuffer>;
}

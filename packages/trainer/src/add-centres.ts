/** Gives a bundle that stands already the centres of its training samples. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { centresText, type FeatureCentres, type Manifest, parseManifest, sha256Hex } from "@mmgan/core";
import { buildBundle } from "@mmgan/export";
import { writeFolderAtomic } from "@mmgan/node-io";
import { CENTRES_FILE, withCentresFile } from "./card/card.js";

/**
 * Rewrites the bundle whole, with `centres` in the place of older ones: file, line of the card, manifest.
 *
 * @param folder - a bundle that passed its checks (`loadModel` made them)
 * @throws FolderInUseError when the folder holds other files, ArgumentError when it cannot be written
 */
export async function addCentres(folder: string, centres: FeatureCentres): Promise<Manifest> {
  const path = join(folder, "manifest.json");
  const { format, files, ...manifest } = parseManifest(await readFile(path, "utf8"), path);
  const read = (name: string) => readFile(join(folder, name));
  const bytes = new TextEncoder().encode(centresText(centres));
  const entry = { path: CENTRES_FILE, bytes: bytes.length, sha256: await sha256Hex(bytes) };
  const card = (await read(files.card.path)).toString("utf8");
  const bundle = await buildBundle({
    manifest,
    encoder: await read(files.encoder.path),
    generator: await read(files.generator.path),
    mixture: await read(files.mixture.path),
    card: withCentresFile(card, entry),
    ...(files.grid ? { grid: await read(files.grid.path) } : {}),
    centres,
  });
  await writeFolderAtomic(folder, bundle.files);
  return bundle.manifest;
}

/** The models that ship with mmgan: their names, their folders, what their manifests say. Runs none of them. */

import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Manifest, parseManifest, unknownName } from "@mmgan/core";

/** The package's own folder, seen from `src` and from `dist`. */
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MANIFEST = "manifest.json";

/** A model of this package. */
export interface ShippedModel {
  /** What `modelPath` and the command's `--model` take, e.g. "digits". */
  readonly name: string;
  /** Its folder: a bundle, as `loadModel` of @mmgan/runtime-node reads it. */
  readonly path: string;
  /** Size of all files, manifest included. */
  readonly bytes: number;
  /** As its manifest.json has it; the files are not checked against it. `loadModel` does that. */
  readonly manifest: Manifest;
}

/** Names of all models, in alphabetical order. */
export function modelNames(): string[] {
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, entry.name, MANIFEST)))
    .map(({ name }) => name)
    .sort();
}

/**
 * The folder of a model.
 *
 * @throws UnknownNameError with the nearest name
 */
export function modelPath(name: string): string {
  const names = modelNames();
  if (!names.includes(name)) throw unknownName("model", name, names);
  return join(ROOT, name);
}

/**
 * All models with their manifests, in alphabetical order.
 *
 * @throws BundleError, BundleVersionError for a manifest that was changed
 */
export function listModels(): Promise<ShippedModel[]> {
  return Promise.all(
    modelNames().map(async (name) => {
      const path = modelPath(name);
      const text = await readFile(join(path, MANIFEST), "utf8");
      const manifest = parseManifest(text, join(path, MANIFEST));
      const files = Object.values(manifest.files).filter((file) => file !== undefined);
      const bytes = files.reduce((sum, file) => sum + file.bytes, Buffer.byteLength(text));
      return { name, path, bytes, manifest };
    }),
  );
}

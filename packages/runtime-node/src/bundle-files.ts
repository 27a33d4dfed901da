/** Reads a bundle's folder and trusts nothing in it: names, sizes and SHA-256 are checked before any byte is used. */

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  BundleError,
  type BundleFile,
  COPY_AGAIN,
  type FeatureCentres,
  type GraphName,
  type Manifest,
  mustHaveSha256,
  mustHaveSize,
  parseCentres,
  parseManifest,
} from "@mmgan/core";
import { errorCode } from "@mmgan/node-io";

/** A bundle whose files all passed their checks. */
export interface Bundle {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Bytes of the three ONNX files. */
  readonly graphs: Record<GraphName, Uint8Array>;
  readonly centres?: FeatureCentres;
}

/**
 * Reads and checks a bundle.
 *
 * @throws BundleError naming the file and the check that failed: missing, size, SHA-256, schema, a path outside the
 *   folder; BundleVersionError for a newer format
 */
export async function readBundle(folder: string): Promise<Bundle> {
  const manifest = parseManifest(await readManifest(folder), join(folder, "manifest.json"));
  const { encoder, generator, mixture, card, grid, centres } = manifest.files;
  const graphs = {
    encoder: await readChecked(folder, encoder),
    generator: await readChecked(folder, generator),
    mixture: await readChecked(folder, mixture),
  };
  for (const entry of [card, grid]) if (entry !== undefined) await readChecked(folder, entry);
  if (centres === undefined) return { folder, manifest, graphs };
  const text = new TextDecoder().decode(await readChecked(folder, centres));
  const path = join(folder, centres.path);
  return { folder, manifest, graphs, centres: parseCentres(text, manifest.clusters, path) };
}

async function readManifest(folder: string): Promise<string> {
  const path = join(folder, "manifest.json");
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const problems: Record<string, string> = {
      ENOENT: (await isFolder(folder)) ? "it has no manifest.json" : "there is no such folder",
      ENOTDIR: "it is a file",
    };
    const problem = problems[errorCode(cause) ?? ""] ?? (cause as Error).message;
    throw new BundleError(
      `Expected the folder of a bundle for model but received ${folder}: ${problem}. Give a folder written by mmgan export.`,
      { cause },
    );
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function readChecked(folder: string, entry: BundleFile): Promise<Uint8Array> {
  const path = join(folder, entry.path);
  mustHaveSize(await fileSize(path), entry, path);
  const bytes = await readFile(path);
  await mustHaveSha256(bytes, entry, path);
  return bytes;
}

async function fileSize(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (cause) {
    const problem = errorCode(cause) === "ENOENT" ? "it is missing" : (cause as Error).message;
    throw new BundleError(`Expected a file for ${path} but ${problem}. ${COPY_AGAIN}.`, { cause });
  }
  throw new BundleError(`Expected a file for ${path} but it is not a regular file. ${COPY_AGAIN}.`);
}

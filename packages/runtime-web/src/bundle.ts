/** A bundle in a browser: from a URL or from files at hand, trusted only after every size and SHA-256. */

import {
  BundleError,
  type BundleFile,
  COPY_AGAIN,
  type FeatureCentres,
  type GraphName,
  InterruptedError,
  type Manifest,
  mustHaveSha256,
  mustHaveSize,
  parseCentres,
  parseManifest,
} from "@mmgan/core";
import { Downloads } from "./downloads.js";
import { looksLikePage } from "./html.js";

/** Bytes of one file of a bundle. */
export type FileContent = Blob | Uint8Array | ArrayBuffer;

/** A bundle's files: by name, or as a file chooser or a drop of its folder gives them. */
export interface BundleFiles {
  readonly files: ReadonlyMap<string, FileContent> | Readonly<Record<string, FileContent>> | Iterable<File>;
}

export interface LoadProgress {
  /** Bytes of the bundle's files that are here. */
  readonly loadedBytes: number;
  /** Bytes of all files that the manifest lists. */
  readonly totalBytes: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  readonly cache?: boolean | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** A bundle whose files all passed their checks. */
export interface Bundle {
  readonly manifest: Manifest;
  /** Bytes of the three ONNX files. */
  readonly graphs: Record<GraphName, Uint8Array>;
  readonly centres?: FeatureCentres;
  /** Where a graph came from, for messages. */
  where(graph: GraphName): string;
}

/** Where the files of one bundle come from. */
export interface Source {
  /** The text of manifest.json. @throws BundleError where there is none */
  manifest(): Promise<string>;
  /** A file that passed its checks. `onBytes` hears how many more bytes came. */
  file(entry: BundleFile, onBytes: (bytes: number) => void): Promise<Uint8Array>;
  where(name: string): string;
}

/** @throws BundleError, BundleVersionError, DownloadError, InterruptedError */
export async function readBundle(from: string | URL | BundleFiles, options: ReadOptions): Promise<Bundle> {
  const source: Source =
    typeof from === "string" || from instanceof URL ? new Downloads(from, options) : new Files(from);
  const { signal, onProgress } = options;
  const mustGoOn = () => {
    if (signal?.aborted) throw new InterruptedError("Stopped on request.", { cause: signal.reason });
  };
  mustGoOn();
  const manifestText = await source.manifest();
  mustGoOn();
  const where = source.where("manifest.json");
  if (looksLikePage(manifestText)) throw pageInstead(where);
  const manifest = parseManifest(manifestText, where);
  const { encoder, generator, mixture, card, grid, centres } = manifest.files;
  const entries = [encoder, generator, mixture, card, grid, centres].filter((entry) => entry !== undefined);
  const totalBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  let loadedBytes = 0;
  const take = (entry: BundleFile) =>
    source.file(entry, (bytes) => {
      loadedBytes += bytes;
      onProgress?.({ loadedBytes, totalBytes });
    });
  onProgress?.({ loadedBytes, totalBytes });
  // Each is waited for, whichever fails first: nothing goes on behind the caller's back.
  const read = await Promise.allSettled(entries.map(take));
  mustGoOn();
  const contents = read.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
  const text = centres && new TextDecoder().decode(contents[entries.indexOf(centres)]);
  return {
    manifest,
    ...(text !== undefined && {
      centres: parseCentres(text, manifest.clusters, source.where(centres!.path)),
    }),
    graphs: { encoder: contents[0]!, generator: contents[1]!, mixture: contents[2]! },
    where: (graph) => source.where(manifest.files[graph].path),
  };
}

/** Files at hand. */
class Files implements Source {
  readonly #files: ReadonlyMap<string, FileContent>;

  constructor({ files }: BundleFiles) {
    this.#files = byName(files);
  }

  async manifest(): Promise<string> {
    const content = this.#files.get("manifest.json");
    if (content === undefined)
      throw new BundleError(
        `Expected the files of a bundle for model but received ${[...this.#files.keys()].join(", ") || "none"}: manifest.json is missing. Give all files of a folder written by mmgan export.`,
      );
    return new TextDecoder().decode(await bytesOf(content));
  }

  async file(entry: BundleFile, onBytes: (bytes: number) => void): Promise<Uint8Array> {
    const content = this.#files.get(entry.path);
    if (content === undefined)
      throw new BundleError(`Expected a file for ${entry.path} but it is missing. ${COPY_AGAIN}.`);
    const bytes = await bytesOf(content);
    mustHaveSize(bytes.length, entry, entry.path);
    await mustHaveSha256(bytes, entry, entry.path);
    onBytes(bytes.length);
    return bytes;
  }

  where(name: string): string {
    return name;
  }
}

function byName(files: BundleFiles["files"]): ReadonlyMap<string, FileContent> {
  if (files instanceof Map) return files;
  if (Symbol.iterator in files)
    return new Map(Array.from(files as Iterable<File>, (file) => [file.name, file] as const));
  return new Map(Object.entries(files as Record<string, FileContent>));
}

async function bytesOf(content: FileContent): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content;
  return new Uint8Array(content instanceof Blob ? await content.arrayBuffer() : content);
}

/** The error of a server that answers any path with its page. */
export function pageInstead(where: string): BundleError {
  return new BundleError(
    `Expected a file of a bundle for ${where} but received an HTML page: the server answers paths it does not know with a page. Check the URL, and that the bundle's folder lies where the server finds it.`,
  );
}

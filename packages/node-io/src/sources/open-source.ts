/** Folders, patterns, files, lists and archives of pictures as one sequence of items. */

import { createHash } from "node:crypto";
import { type Stats, statSync } from "node:fs";
import { isAbsolute, normalize, relative, resolve, sep } from "node:path";
import { ArgumentError, EmptyFolderError, expected, type RowError, rowError } from "@mmgan/core";
import { DECODED_ENDINGS, hasImageEnding } from "../image-endings.js";
import { type ArchiveKind, type ArchiveOptions, archiveKind } from "./archive-entry.js";
import { fileProblem } from "./file-problem.js";
import { type Glob, isGlob, parseGlob } from "./glob.js";
import { listedPaths } from "./list.js";
import type { LeftOut, SourceItem, SourceOptions } from "./source-item.js";
import { tarItems } from "./tar.js";
import { fileItem, walkFolder } from "./walk.js";
import { zipItems } from "./zip.js";

/**
 * A folder, a .zip, .tar, .tar.gz or .tgz, a file, or a pattern such as "photos/*.jpg"; several of them; or the pieces
 * of a list of paths of files, one a line or each ended by a NUL byte (`process.stdin`).
 */
export type Sources = string | readonly string[] | AsyncIterable<Uint8Array | string>;

/** Where pictures come from. Each iteration starts anew, except of a list, which comes once. */
export interface Source extends AsyncIterable<SourceItem> {
  /** Absolute folder that the items' paths are relative to: the folder, where one was given, else the working folder. */
  readonly root: string;
  /** What the iteration has left out so far. */
  readonly leftOut: Readonly<LeftOut>;
  /** How many items there will be, at no more memory; null where only reading tells (a list, a tar). */
  count(): Promise<number | null>;
  [Symbol.asyncIterator](): AsyncGenerator<SourceItem, void, undefined>;
}

/** One of the sources as given. */
interface Given {
  readonly kind: "folder" | "file" | "glob" | ArchiveKind | "none";
  readonly text: string;
  /** Absolute; of a pattern, its folder without wildcards. */
  readonly file: string;
  readonly stats?: Stats;
  readonly error?: RowError;
  readonly glob?: Glob;
}

/**
 * Opens what was given. Items come in the order given; those of a folder or pattern in natural order, sub-folders in
 * their place among the names; those of an archive in its order.
 *
 * Paths: of a single folder, relative to it. Of several sources and of a pattern, as given followed by what was found
 * ("photos/a.png"), relative to the working folder, or absolute where so given. Of a file or a list, as given. Of an
 * archive, "ARCHIVE/ENTRY". A file reached twice counts where it comes first. Folders and patterns give what has a
 * picture's ending and is not hidden; files and lists are taken at their word, and links among what was given are
 * followed.
 *
 * @throws ArgumentError when a single source does not exist; from the iteration, EmptyFolderError when folders, patterns
 *   and archives held no picture
 */
export function openSource(sources: Sources, options: SourceOptions = {}): Source {
  if (typeof sources === "string")
    return new GivenSource([mustExist(lookAt(sources, options))], true, options);
  if (Array.isArray(sources))
    return new GivenSource(
      (sources as readonly string[]).map((text) => lookAt(text, options)),
      false,
      options,
    );
  return new ListSource(sources as AsyncIterable<Uint8Array | string>);
}

function lookAt(text: string, { hidden }: SourceOptions): Given {
  const file = resolve(text);
  try {
    const stats = statSync(text);
    if (stats.isDirectory()) return { kind: "folder", text, file, stats };
    return { kind: (stats.isFile() && archiveKind(text)) || "file", text, file, stats };
  } catch (cause) {
    const error = fileProblem(cause);
    if (error.code === "E_FILE_MISSING" && isGlob(text)) {
      const glob = parseGlob(text, hidden);
      return { kind: "glob", text, file: resolve(glob.base), glob };
    }
    return { kind: "none", text, file, error };
  }
}

function mustExist(given: Given): Given {
  if (given.error === undefined) return given;
  throw new ArgumentError(
    expected(
      "a folder, archive, pattern or file of images",
      "the source",
      `${given.text}: ${given.error.reason}`,
      "Check the path",
    ),
  );
}

class GivenSource implements Source {
  readonly root: string;
  readonly leftOut: LeftOut = { hidden: 0, links: 0 };
  readonly #given: readonly Given[];
  readonly #options: SourceOptions;
  /** Whether paths are relative to the one folder. */
  readonly #inFolder: boolean;

  constructor(given: readonly Given[], single: boolean, options: SourceOptions) {
    this.#given = given;
    this.#options = options;
    this.#inFolder = single && given[0]!.kind === "folder";
    this.root = this.#inFolder ? given[0]!.file : process.cwd();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SourceItem, void, undefined> {
    Object.assign(this.leftOut, { hidden: 0, links: 0 });
    let count = 0;
    for await (const item of this.#items(this.leftOut, true)) {
      count++;
      yield item;
    }
    if (count === 0 && this.#given.length > 0) throw this.#nothing();
  }

  async count(): Promise<number | null> {
    if (this.#given.some(({ kind }) => kind.startsWith("tar"))) return null;
    let count = 0;
    for await (const _ of this.#items({ hidden: 0, links: 0 }, false)) count++;
    return count;
  }

  async *#items(leftOut: LeftOut, stat: boolean): AsyncGenerator<SourceItem, void, undefined> {
    const files = new Set<string>();
    for (const [i, given] of this.#given.entries()) {
      if (given.kind === "file" || given.kind === "none" || isArchive(given)) {
        if (files.has(given.file)) continue;
        files.add(given.file);
      }
      const wider = this.#given.slice(0, i).filter(({ kind }) => kind === "folder" || kind === "glob");
      const covered = ({ path }: SourceItem) => {
        const file = resolve(path);
        return (files.has(file) && given.file !== file) || wider.some((other) => this.#covers(other, file));
      };
      const first = i === 0 || isArchive(given);
      for await (const item of this.#itemsOf(given, leftOut, stat)) if (first || !covered(item)) yield item;
    }
  }

  #itemsOf(given: Given, leftOut: LeftOut, stat: boolean): AsyncIterable<SourceItem> | SourceItem[] {
    const { kind, text, file, stats, error, glob } = given;
    const path = shownPath(text);
    const archive: ArchiveOptions = {
      ...this.#options,
      path,
      file,
      mtimeMs: stats?.mtimeMs ?? 0,
      leftOut,
    };
    switch (kind) {
      case "none":
        return [{ path, error: error! }];
      case "file":
        return [fileItem(path, text, statSync)];
      case "zip":
        return zipItems(archive);
      case "tar":
      case "tar.gz":
        return tarItems(archive, kind === "tar.gz");
      case "folder": {
        const prefix = this.#inFolder ? "" : folderPrefix(text);
        return walkFolder(text, { ...this.#options, prefix, leftOut, stat });
      }
      case "glob": {
        const { base, accepts, enters } = glob!;
        if (!isFolder(base || ".")) return [];
        const walk = { prefix: folderPrefix(base), leftOut, stat, accepts, enters };
        return walkFolder(base || ".", { ...this.#options, ...walk });
      }
    }
  }

  /** Whether a folder or pattern gives `file`. */
  #covers({ kind, file: folder, glob }: Given, file: string): boolean {
    const inside = relative(folder, file);
    if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) return false;
    const names = inside.split(sep);
    const { hidden, svg } = this.#options;
    if ((!hidden && names.some((name) => name.startsWith("."))) || !hasImageEnding(inside, svg)) return false;
    if (kind === "glob") return glob!.accepts(names.join("/"));
    return names.length === 1 || (this.#options.recursive ?? true);
  }

  #nothing(): EmptyFolderError {
    const { links } = this.leftOut;
    const left =
      links > 0
        ? ` ${links} symbolic ${links === 1 ? "link was" : "links were"} left out: follow links.`
        : "";
    const named = this.#given.map(({ text }) => text).slice(0, 3);
    return new EmptyFolderError(
      `Expected a folder with images for ${named.join(", ")} but found none.${left} Put pictures there (${DECODED_ENDINGS.join(", ")}), or give another folder.`,
    );
  }
}

class ListSource implements Source {
  readonly root = process.cwd();
  readonly leftOut: LeftOut = { hidden: 0, links: 0 };
  readonly #pieces: AsyncIterable<Uint8Array | string>;

  constructor(pieces: AsyncIterable<Uint8Array | string>) {
    this.#pieces = pieces;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SourceItem, void, undefined> {
    // Digests rather than paths: 16 bytes each, whatever the length of the paths.
    const seen = new Set<string>();
    for await (const listed of listedPaths(this.#pieces)) {
      if ("shown" in listed) {
        yield { path: listed.shown, error: rowError("E_FILE_NAME", listed.reason) };
        continue;
      }
      const digest = createHash("sha256").update(resolve(listed.path)).digest("binary").slice(0, 16);
      if (seen.has(digest)) continue;
      seen.add(digest);
      yield fileItem(shownPath(listed.path), listed.path, statSync);
    }
  }

  async count(): Promise<null> {
    return null;
  }
}

const isArchive = ({ kind }: Given): boolean => kind === "zip" || kind === "tar" || kind === "tar.gz";

/** "/" on every system. */
const shownPath = (path: string): string => (sep === "/" ? path : path.split(sep).join("/"));

/** "./photos/" -> "photos/", "." -> "" */
function folderPrefix(folder: string): string {
  const plain = shownPath(normalize(folder)).replace(/\/+$/, "");
  if (plain === "." || folder === "") return "";
  return `${plain}/`;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Walks a folder, one directory at a time: natural order, flat memory, links and special files told apart. */

import { type Dirent, lstatSync, opendirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { rowError } from "@mmgan/core";
import { hasImageEnding } from "../image-endings.js";
import { compareNatural } from "../natural-order.js";
import { fileProblem, kindProblem } from "./file-problem.js";
import { escapedName, nameText } from "./names.js";
import type { LeftOut, SourceItem, SourceOptions } from "./source-item.js";

/** Entries handled between two looks at what else the process has to do. */
const BREATH = 512;

export interface WalkOptions extends SourceOptions {
  /** Put before the path relative to the folder: "" or "photos/". */
  readonly prefix: string;
  /** Counts what is passed over. */
  readonly leftOut: LeftOut;
  /** False: sizes and times are not looked up, for counting. */
  readonly stat?: boolean;
  /** Whether a path relative to the folder is wanted. Default: every name with a picture's ending. */
  readonly accepts?: (relative: string) => boolean;
  /** Whether to go into a sub-folder, by its relative path. Default: `recursive`. */
  readonly enters?: (relative: string) => boolean;
}

/** A directory being walked. */
interface Level {
  /** "" or "sub/". */
  readonly relative: string;
  readonly file: string;
  /** Without links on the way; only where links are followed. */
  readonly real: string;
  readonly listing: Listing;
  next: number;
}

/** What a directory holds that may be wanted, in order. */
interface Listing {
  readonly names: readonly string[];
  readonly folders: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
  /** Names that are no UTF-8, as shown. */
  readonly unnamed: ReadonlySet<string>;
}

/**
 * The pictures below `folder`. What cannot be reached is an item with an error. The file system is asked synchronously:
 * its answers would else wait behind the pictures that are being decoded.
 */
export async function* walkFolder(
  folder: string,
  options: WalkOptions,
): AsyncGenerator<SourceItem, void, undefined> {
  const { prefix, followLinks = false, recursive = true, stat = true } = options;
  const enters = options.enters ?? (() => recursive);
  const seen = new Set<string>();
  const stack: Level[] = [];
  const open = (relative: string, file: string, real: string): SourceItem | undefined => {
    try {
      stack.push({ relative, file, real, listing: list(file, relative, options), next: 0 });
      if (followLinks) seen.add(real);
      return undefined;
    } catch (cause) {
      return { path: `${prefix}${relative.slice(0, -1)}` || ".", error: fileProblem(cause) };
    }
  };
  const failed = open("", folder, followLinks ? realpathSync(folder) : folder);
  if (failed) yield failed;
  for (let count = 1; stack.length > 0; count++) {
    if (count % BREATH === 0) await setImmediate();
    const level = stack.at(-1)!;
    const name = level.listing.names[level.next++];
    if (name === undefined) {
      stack.pop();
      continue;
    }
    const { folders, links, unnamed } = level.listing;
    const relative = `${level.relative}${name}`;
    const path = `${prefix}${relative}`;
    const file = join(level.file, name);
    if (unnamed.has(name)) {
      yield { path, error: rowError("E_FILE_NAME", "it is no UTF-8") };
    } else if (folders.has(name)) {
      const real = join(level.real, name);
      const problem = enters(relative) && !seen.has(real) ? open(`${relative}/`, file, real) : undefined;
      if (problem) yield problem;
    } else if (!links.has(name)) {
      yield stat ? fileItem(path, file, lstatSync) : { path, file, size: 0, mtimeMs: 0 };
    } else {
      const target = linkTarget(file);
      if (target === "folder") {
        const real = realpathSync(file);
        if (stack.some((above) => above.real === real)) yield { path, error: rowError("E_LINK_LOOP") };
        else if (enters(relative) && !seen.has(real)) {
          const problem = open(`${relative}/`, file, real);
          if (problem) yield problem;
        }
      } else if (target === "loop") yield { path, error: rowError("E_LINK_LOOP") };
      else if (wanted(name, relative, options)) yield fileItem(path, file, statSync);
    }
  }
}

/** One file as an item: a picture to be read, or what is wrong with it. */
export function fileItem(path: string, file: string, look: typeof lstatSync | typeof statSync): SourceItem {
  try {
    const found = look(file);
    const error = kindProblem(found);
    return error ? { path, error } : { path, file, size: found.size, mtimeMs: found.mtimeMs };
  } catch (cause) {
    return { path, error: fileProblem(cause) };
  }
}

function linkTarget(file: string): "folder" | "loop" | "other" {
  try {
    return statSync(file).isDirectory() ? "folder" : "other";
  } catch (cause) {
    return fileProblem(cause).code === "E_LINK_LOOP" ? "loop" : "other";
  }
}

const wanted = (name: string, relative: string, { accepts, svg }: WalkOptions): boolean =>
  hasImageEnding(name, svg) && (accepts?.(relative) ?? true);

/** Reads a directory in pieces and keeps what may be wanted. @throws what the file system says */
function list(file: string, parent: string, options: WalkOptions): Listing {
  const names: string[] = [];
  const folders = new Set<string>();
  const links = new Set<string>();
  const unnamed = new Set<string>();
  const { leftOut, followLinks, hidden = false } = options;
  const take = (name: string, entry: Dirent) => {
    if (entry.isDirectory()) folders.add(name);
    else if (entry.isSymbolicLink()) links.add(name);
    else if (!wanted(name, `${parent}${name}`, options)) return;
    names.push(name);
  };
  let suspicious = false;
  const directory = opendirSync(file, { bufferSize: 1024 });
  try {
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
      const { name } = entry;
      if (name.startsWith(".") && !hidden) leftOut.hidden++;
      else if (entry.isSymbolicLink() && !followLinks) leftOut.links++;
      // What Node puts for bytes that are no UTF-8.
      else if (name.includes("\ufffd")) suspicious = true;
      else take(name, entry);
    }
  } finally {
    directory.closeSync();
  }
  if (suspicious)
    for (const entry of readdirSync(file, { withFileTypes: true, encoding: "buffer" })) {
      const raw = entry.name as unknown as Buffer;
      const text = nameText(raw);
      if (text?.includes("\ufffd")) take(text, entry as unknown as Dirent);
      else if (text === undefined) {
        const shown = escapedName(raw);
        if (
          (hidden || !shown.startsWith(".")) &&
          (entry.isDirectory() || hasImageEnding(shown, options.svg))
        ) {
          unnamed.add(shown);
          names.push(shown);
        }
      }
    }
  names.sort(compareNatural);
  return { names, folders, links, unnamed };
}

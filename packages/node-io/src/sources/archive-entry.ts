/** What zip and tar share: which archives are read, and which of their entries are pictures. */

import { type RowError, rowError } from "@mmgan/core";
import { hasImageEnding } from "../image-endings.js";
import { unreadable } from "./read-item.js";
import type { LeftOut, SourceFailure } from "./source-item.js";

export type ArchiveKind = "zip" | "tar" | "tar.gz";

export interface ArchiveOptions {
  /** As results show the archive. */
  readonly path: string;
  readonly file: string;
  readonly mtimeMs: number;
  readonly svg?: boolean;
  readonly hidden?: boolean;
  readonly leftOut: LeftOut;
}

/** Told by the name's ending: .zip, .tar, .tar.gz or .tgz, in any case. */
export function archiveKind(name: string): ArchiveKind | undefined {
  if (/\.zip$/i.test(name)) return "zip";
  if (/\.tar$/i.test(name)) return "tar";
  return /\.(tar\.gz|tgz)$/i.test(name) ? "tar.gz" : undefined;
}

/**
 * The name of an entry as results show it; undefined where it is no picture or hidden.
 *
 * @param name - as the archive has it
 */
export function entryName(name: string, { svg, hidden, leftOut }: ArchiveOptions): string | undefined {
  if (!hasImageEnding(name, svg)) return undefined;
  const plain = name.replace(/^(\.\/+)+/, "");
  if (!hidden && plain.split("/").some((part) => part.startsWith(".") && part !== "..")) {
    leftOut.hidden++;
    return undefined;
  }
  return plain;
}

/** Whether unpacking an entry of that name would write outside the folder it is unpacked to. */
export function escapes(name: string): boolean {
  return /^([/\\]|[a-z]:)/i.test(name) || name.split(/[/\\]/).includes("..");
}

export const ESCAPES: RowError = rowError("E_ARCHIVE", "the entry's name leads out of it");

/** The item of an archive that is damaged as a whole, or from some entry on. */
export function damaged({ path }: ArchiveOptions, cause: unknown): SourceFailure {
  return { path, error: damage(cause) };
}

/** The error of one entry. */
export function damagedEntry(path: string, cause: unknown): Error {
  return unreadable(path, damage(cause), cause);
}

function damage(cause: unknown): RowError {
  return rowError("E_ARCHIVE", (cause as Error).message.split("\n")[0]!.replace(/\.$/, ""));
}

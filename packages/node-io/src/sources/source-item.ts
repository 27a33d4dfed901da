/** What a source gives: pictures in files, pictures in archives, and what could not be reached. */

import type { RowError } from "@mmgan/core";

/** A picture in a file of its own. */
export interface SourceFile {
  /** As results show it: "/" on every system; rules at `openSource`. */
  readonly path: string;
  /** Where it lies: absolute, or relative to the working folder. */
  readonly file: string;
  /** Of the encoded file, in bytes. */
  readonly size: number;
  /** When it was last changed, in milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** A picture in an archive. */
export interface SourceEntry {
  /** ARCHIVE/ENTRY. */
  readonly path: string;
  /** Once inflated, in bytes, as the archive says. */
  readonly size: number;
  /** Of the archive: an archive that changed is read anew. */
  readonly mtimeMs: number;
  /**
   * Reads the encoded picture, once. Ask before the next item is asked for: a tar goes by as a stream.
   *
   * @throws ImageError, E_ARCHIVE, where the archive is damaged or encrypted
   */
  bytes(): Promise<Uint8Array>;
}

/** A picture, folder or archive that could not be reached. */
export interface SourceFailure {
  readonly path: string;
  readonly error: RowError;
}

export type SourceItem = SourceFile | SourceEntry | SourceFailure;

/** What was seen and left out. */
export interface LeftOut {
  /** Names that begin with a dot, without `hidden`. */
  hidden: number;
  /** Symbolic links, without `followLinks`. */
  links: number;
}

export interface SourceOptions {
  /** Also the pictures of sub-folders. Default true. */
  readonly recursive?: boolean;
  /** Symbolic links that are met on the way are followed, not left out. Default false. */
  readonly followLinks?: boolean;
  /** Also what has a name that begins with a dot. Default false. */
  readonly hidden?: boolean;
  /** Also files that end in .svg. Default false. */
  readonly svg?: boolean;
}

/** What is said of data that are damaged. */

import { DataCorruptError } from "@mmgan/core";

/** Where bytes came from and what to do when they are wrong. Every message of this folder is made from it. */
export interface FileSource {
  readonly path: string;
  /** A sentence without its full stop. */
  readonly remedy: string;
}

/** The error for a file that fails `check`: "FILE fails the CHECK check: WHY. REMEDY." */
export function corrupt(source: FileSource, check: string, why: string, cause?: unknown): DataCorruptError {
  return new DataCorruptError(
    `${source.path} fails the ${check} check: ${why}. ${source.remedy}.`,
    cause === undefined ? undefined : { cause },
  );
}

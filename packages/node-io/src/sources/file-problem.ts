/** Why a file cannot be reached or read, as the error of its row. */

import { constants, type Stats } from "node:fs";
import { type RowError, rowError } from "@mmgan/core";
import { errorCode } from "../file-errors.js";

/** The row's error for what the file system threw. */
export function fileProblem(cause: unknown): RowError {
  const code = errorCode(cause);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return rowError("E_FILE_MISSING");
    case "EACCES":
    case "EPERM":
      return rowError("E_FILE_PERMISSION");
    case "EISDIR":
      return rowError("E_FILE_KIND", "it is a folder");
    case "ENXIO":
      return rowError("E_FILE_KIND", "it is a socket");
    case "ELOOP":
      return rowError("E_LINK_LOOP");
    case "ENAMETOOLONG":
      return rowError("E_FILE_NAME", "it is too long for this system");
    case "ERR_INVALID_ARG_VALUE":
      return rowError("E_FILE_NAME", "it holds a NUL byte");
    default:
      return rowError("E_FILE_READ", code ?? (cause as Error).message);
  }
}

/** The row's error for something that is no regular file; undefined for one. */
export function kindProblem({ mode }: Pick<Stats, "mode">): RowError | undefined {
  const kind = KINDS[mode & constants.S_IFMT];
  return kind === undefined ? undefined : rowError("E_FILE_KIND", kind);
}

const KINDS: Record<number, string> = {
  [constants.S_IFDIR]: "it is a folder",
  [constants.S_IFIFO]: "it is a pipe (FIFO)",
  [constants.S_IFSOCK]: "it is a socket",
  [constants.S_IFCHR]: "it is a device",
  [constants.S_IFBLK]: "it is a device",
  [constants.S_IFLNK]: "it is a symbolic link",
};

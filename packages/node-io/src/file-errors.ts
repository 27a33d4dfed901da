/** Turns the system's file errors (errno codes) into mmgan's errors, naming the path and what to do. */

import { ArgumentError, DiskFullError } from "@mmgan/core";

const REMEDIES: Record<string, [reason: string, remedy: string]> = {
  EACCES: ["no permission to write there", "Choose a folder you may write to, or change its permissions"],
  EPERM: ["the system does not permit it", "Choose a folder you may write to, or change its permissions"],
  EROFS: ["the file system is read-only", "Choose a folder on a writable disk"],
  ENOTDIR: ["a part of the path is a file, not a folder", "Choose a path whose parents are folders"],
  EEXIST: ["a file of that name is in the way", "Choose another path, or move that file away"],
  EISDIR: ["it is a folder", "Give the path of a file"],
  // Node's own, of rm.
  ERR_FS_EISDIR: ["it is a folder", "Choose another path, or move that folder away"],
  ENOENT: ["a part of the path does not exist", "Create the folder, or choose another path"],
  ENAMETOOLONG: ["the name is too long for the file system", "Choose a shorter name"],
  ELOOP: ["its symbolic links form a loop", "Choose a path without that link"],
  EBUSY: ["it is in use or a mount point", "Choose a folder inside it"],
  EXDEV: ["it is a mount point", "Choose a folder inside it"],
  EINVAL: ["the name is not valid", "Choose another name"],
};

/** The errno code ("ENOSPC", ...) of a system error, or undefined. */
export function errorCode(cause: unknown): string | undefined {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/**
 * The error to throw for a failed write: DiskFullError for a full disk or quota, ArgumentError for a path that cannot
 * be written (each with the path and a remedy), and `cause` itself for anything else.
 *
 * @param cause - what the file system threw
 * @param path - what was being written
 */
export function writeError(cause: unknown, path: string): unknown {
  const code = errorCode(cause);
  if (code === "ENOSPC" || code === "EDQUOT")
    return new DiskFullError(
      `Expected free space for ${path} but the ${code === "EDQUOT" ? "quota" : "disk"} is full (${code}). Free some space, then run the command again; files written before are whole.`,
      { cause },
    );
  const known = code === undefined ? undefined : REMEDIES[code];
  if (known === undefined) return cause;
  return new ArgumentError(
    `Expected a writable path but received ${path}: ${known[0]} (${code}). ${known[1]}.`,
    {
      cause,
    },
  );
}

/** Why a picture has no row: stable codes, each with its one wording. */

/** Code -> what is wrong, without the path. A detail may follow after ": ". */
export const ROW_ERRORS = {
  E_IMAGE_EMPTY: "it is empty (0 bytes)",
  E_IMAGE_FORMAT: "it is not a picture of a supported format",
  E_IMAGE_CORRUPT: "it is truncated or damaged",
  E_IMAGE_SIZE: "it is larger than the limit",
  E_FILE_MISSING: "the file does not exist",
  E_FILE_PERMISSION: "there is no permission to read it",
  E_FILE_KIND: "it is not a file",
  E_FILE_CHANGED: "it changed while it was read",
  E_FILE_NAME: "its name cannot be used",
  E_FILE_READ: "it cannot be read",
  E_LINK_LOOP: "its symbolic links form a loop",
  E_ARCHIVE: "the archive cannot be read",
} as const;

export type RowErrorCode = keyof typeof ROW_ERRORS;

/** What a row of errors says beside the path. */
export interface RowError {
  /** Stable and safe to switch on. */
  readonly code: RowErrorCode;
  /** For people, without the path, e.g. "it is not a file: it is a folder". The same on every run. */
  readonly reason: string;
}

/** The error of a code, with what more is known of it. */
export function rowError(code: RowErrorCode, detail?: string): RowError {
  return { code, reason: detail === undefined ? ROW_ERRORS[code] : `${ROW_ERRORS[code]}: ${detail}` };
}

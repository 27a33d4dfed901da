/** A list of paths that comes in pieces, e.g. on standard input: one a line, or each ended by a NUL byte. */

import { escapedName, nameText } from "./names.js";

/** A path of the list, or the shown form of one that is no UTF-8 or endless. */
export type ListedPath = { readonly path: string } | { readonly shown: string; readonly reason: string };

const NUL = 0;
const NEWLINE = 10;
const RETURN = 13;
/** Bytes looked at to tell how paths are separated: no system has longer paths. */
const LOOKAHEAD = 1 << 15;
/** Bytes of a path that are kept to show it. */
const SHOWN = 100;

/**
 * Paths of a list, in order. NUL separates them where there is one in the first 32 KiB, else newline (with or without a
 * carriage return before it). Empty paths are passed over.
 */
export async function* listedPaths(
  pieces: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<ListedPath, void, undefined> {
  let pending: Buffer = Buffer.alloc(0);
  let separator: number | undefined;
  // The rest of a path too long for any system is passed over.
  let dropping = false;
  const take = (raw: Buffer): ListedPath | undefined => {
    if (dropping) {
      dropping = false;
      return undefined;
    }
    const line = separator === NEWLINE && raw.at(-1) === RETURN ? raw.subarray(0, -1) : raw;
    if (line.length === 0) return undefined;
    if (line.length > LOOKAHEAD) return endless(line);
    const path = nameText(line);
    return path === undefined ? { shown: escapedName(line), reason: "it is no UTF-8" } : { path };
  };
  for await (const piece of pieces) {
    pending = Buffer.concat([pending, typeof piece === "string" ? Buffer.from(piece) : piece]);
    separator ??= separatorOf(pending, false);
    if (separator === undefined) continue;
    let start = 0;
    for (let end = pending.indexOf(separator); end >= 0; end = pending.indexOf(separator, start)) {
      const listed = take(pending.subarray(start, end));
      if (listed) yield listed;
      start = end + 1;
    }
    pending = pending.subarray(start);
    if (pending.length > LOOKAHEAD) {
      if (!dropping) yield endless(pending);
      dropping = true;
      pending = Buffer.alloc(0);
    }
  }
  separator ??= separatorOf(pending, true)!;
  let start = 0;
  while (start < pending.length) {
    const found = pending.indexOf(separator, start);
    const end = found < 0 ? pending.length : found;
    const listed = take(pending.subarray(start, end));
    if (listed) yield listed;
    start = end + 1;
  }
}

const endless = (path: Buffer): ListedPath => ({
  shown: `${escapedName(path.subarray(0, SHOWN))}...`,
  reason: "it is too long for this system",
});

function separatorOf(bytes: Buffer, ended: boolean): number | undefined {
  const nul = bytes.indexOf(NUL);
  if (nul >= 0 && nul < LOOKAHEAD) return NUL;
  return ended || bytes.length >= LOOKAHEAD ? NEWLINE : undefined;
}

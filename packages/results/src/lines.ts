/** Lines of a text file with the bytes they lie at. Cut at LF alone: a file's name may hold any other break. */

import { createReadStream } from "node:fs";

const LF = 10;

/** A line without its LF. */
export interface Line {
  readonly text: string;
  /** Of its first byte in the file. */
  readonly offset: number;
  /** Bytes, its LF included. */
  readonly bytes: number;
  /** False for a last line that has no LF. */
  readonly whole: boolean;
}

/** The lines of the file at `path`. Throws the system's error. */
export async function* readLines(path: string): AsyncGenerator<Line, void, undefined> {
  let rest: Uint8Array[] = [];
  let offset = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const piece = chunk.subarray(start, end);
      const line = rest.length === 0 ? piece : Buffer.concat([...rest, piece]);
      rest = [];
      yield { text: line.toString("utf8"), offset, bytes: line.length + 1, whole: true };
      offset += line.length + 1;
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  const line = Buffer.concat(rest);
  if (line.length > 0) yield { text: line.toString("utf8"), offset, bytes: line.length, whole: false };
}

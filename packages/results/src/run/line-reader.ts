/** Reads lines of an open file at given offsets, cheaply when they follow each other. */

import type { FileHandle } from "node:fs/promises";

const LF = 10;
const WINDOW_BYTES = 1 << 18;

export class LineReader {
  readonly #file: FileHandle;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** The line that begins at `offset`, with its LF. It must be whole. */
  async at(offset: number): Promise<Buffer> {
    const line = await this.maybeAt(offset);
    if (line === undefined) throw new Error(`no line begins at byte ${offset}`);
    return line;
  }

  /** As `at`; undefined where the file ends before the line does. */
  async maybeAt(offset: number): Promise<Buffer | undefined> {
    for (let bytes = WINDOW_BYTES; ; bytes *= 2) {
      const from = offset - this.#start;
      if (from >= 0 && from < this.#window.length) {
        const end = this.#window.indexOf(LF, from);
        if (end >= 0) return this.#window.subarray(from, end + 1);
      }
      const window = Buffer.allocUnsafe(bytes);
      const { bytesRead } = await this.#file.read(window, 0, bytes, offset);
      this.#window = window.subarray(0, bytesRead);
      this.#start = offset;
      if (bytesRead < bytes && !this.#window.includes(LF)) return undefined;
    }
  }
}

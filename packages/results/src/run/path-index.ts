/** Path -> where its lines lie in a file, 16 bytes a line: a million paths need not be held as text. */

import { createHash } from "node:crypto";

const EMPTY = -1;

export class PathIndex {
  #size = 0;
  /** Open addressing: the two halves of a path's hash, and its line's offset or EMPTY. */
  #low = new Uint32Array(1024);
  #high = new Uint32Array(1024);
  #offsets = new Float64Array(1024).fill(EMPTY);

  /** Lines added. */
  get size(): number {
    return this.#size;
  }

  add(path: string, offset: number): void {
    if (2 * (this.#size + 1) > this.#offsets.length) this.#grow();
    const { low, high } = hash(path);
    this.#put(low, high, offset);
    this.#size++;
  }

  /** Offsets of lines that may be of `path`, the last added first. Another path of the same hash is among them. */
  offsets(path: string): number[] {
    const { low, high } = hash(path);
    const mask = this.#offsets.length - 1;
    const found: number[] = [];
    for (let slot = low & mask; this.#offsets[slot] !== EMPTY; slot = (slot + 1) & mask)
      if (this.#low[slot] === low && this.#high[slot] === high) found.push(this.#offsets[slot]!);
    return found.sort((a, b) => b - a);
  }

  #put(low: number, high: number, offset: number): void {
    const mask = this.#offsets.length - 1;
    let slot = low & mask;
    while (this.#offsets[slot] !== EMPTY) slot = (slot + 1) & mask;
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#offsets[slot] = offset;
  }

  #grow(): void {
    const [low, high, offsets] = [this.#low, this.#high, this.#offsets];
    this.#low = new Uint32Array(2 * offsets.length);
    this.#high = new Uint32Array(2 * offsets.length);
    this.#offsets = new Float64Array(2 * offsets.length).fill(EMPTY);
    for (const [slot, offset] of offsets.entries())
      if (offset !== EMPTY) this.#put(low[slot]!, high[slot]!, offset);
  }
}

/** 64 bits of SHA-256: equal ones are rare, and cost one line read in vain. */
function hash(path: string): { low: number; high: number } {
  const digest = createHash("sha256").update(path).digest();
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
}

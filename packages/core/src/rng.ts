/** Seeded random numbers: the only source of chance in mmgan. */

import { mustBeInteger } from "./check-argument.js";
import { ArgumentError, expected } from "./errors.js";
import { philox4x32 } from "./philox.js";
import { portableCosSin, portableLog } from "./portable-math.js";

/** Largest seed: 2^32 - 1. */
export const SEED_MAX = 0xffffffff;

/** Names one sequence of random numbers. Two keys that differ in any field give unrelated sequences. */
export interface RngKey {
  /** Integer from 0 to 2^32 - 1. */
  readonly seed: number;
  /** What the numbers are for, e.g. "latent noise"; any text. Hashed with 32-bit FNV-1a. */
  readonly stream: string;
  /** Training step or other running number, an integer of at least 0. Default 0. */
  readonly step?: number;
}

/** FNV-1a, 32 bits, of the text's UTF-8 bytes (offset basis 2166136261, prime 16777619). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * Counter-based generator (Philox4x32-10): key = (seed, hash of the stream name), counter = (block, block / 2^32, step,
 * step / 2^32). The same key gives the same bytes on every machine and engine; a resumed training makes its numbers
 * anew from (seed, stream, step) and has no generator state to save.
 *
 * Methods consume the sequence from where the previous call stopped.
 */
export class Rng {
  readonly #key0: number;
  readonly #key1: number;
  readonly #counter = new Uint32Array(4);
  readonly #block = new Uint32Array(4);
  #used = 4;

  /** @throws ArgumentError when seed or step is out of range */
  constructor(key: RngKey) {
    const step = key.step ?? 0;
    mustBeInteger(key.seed, "seed", 0, SEED_MAX);
    mustBeInteger(step, "step", 0, Number.MAX_SAFE_INTEGER);
    this.#key0 = key.seed;
    this.#key1 = fnv1a(key.stream);
    this.#counter[2] = step % 2 ** 32;
    this.#counter[3] = Math.floor(step / 2 ** 32);
  }

  /** The next 32 random bits, an integer from 0 to 2^32 - 1. */
  #word(): number {
    if (this.#used === 4) {
      philox4x32(this.#counter, this.#key0, this.#key1, this.#block);
      const low = this.#counter[0]! + 1;
      this.#counter[0] = low;
      if (low === 2 ** 32) this.#counter[1] = this.#counter[1]! + 1;
      this.#used = 0;
    }
    return this.#block[this.#used++]!;
  }

  /** An integer from 0 to below - 1, each equally likely: words at or above the last multiple of `below` are drawn anew. */
  #integer(below: number): number {
    const limit = 2 ** 32 - (2 ** 32 % below);
    let word = this.#word();
    while (word >= limit) word = this.#word();
    return word % below;
  }

  /** `count` numbers uniform in [0, 1), multiples of 2^-24, so exact in float32. */
  uniform(count: number): Float32Array {
    mustBeInteger(count, "count", 0, Number.MAX_SAFE_INTEGER);
    const out = new Float32Array(count);
    for (let i = 0; i < count; i++) out[i] = (this.#word() >>> 8) * 2 ** -24;
    return out;
  }

  /**
   * `count` numbers from N(0, 1), by Box & Muller (1958): sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v), computed in float64
   * and rounded once. |x| <= 6.67. Takes an even number of words: an odd count drops one number.
   */
  normal(count: number): Float32Array {
    mustBeInteger(count, "count", 0, Number.MAX_SAFE_INTEGER);
    const out = new Float32Array(count);
    for (let i = 0; i < count; i += 2) {
      const u = (this.#word() + 1) * 2 ** -32; // (0, 1]
      const [cosine, sine] = portableCosSin(this.#word() * 2 ** -32);
      const radius = Math.sqrt(-2 * portableLog(u));
      out[i] = radius * cosine;
      if (i + 1 < count) out[i + 1] = radius * sine;
    }
    return out;
  }

  /**
   * `count` integers from 0 to below - 1, each equally likely, without modulo bias.
   *
   * @param below - an integer from 1 to 2^31
   */
  integers(count: number, below: number): Int32Array {
    mustBeInteger(count, "count", 0, Number.MAX_SAFE_INTEGER);
    mustBeInteger(below, "below", 1, 2 ** 31);
    const out = new Int32Array(count);
    for (let i = 0; i < count; i++) out[i] = this.#integer(below);
    return out;
  }

  /** 0..count-1 in random order, each order equally likely (Fisher & Yates). */
  permutation(count: number): Int32Array {
    mustBeInteger(count, "count", 0, 2 ** 31);
    const out = new Int32Array(count);
    for (let i = 0; i < count; i++) out[i] = i;
    for (let i = count - 1; i > 0; i--) {
      const j = this.#integer(i + 1);
      const kept = out[i]!;
      out[i] = out[j]!;
      out[j] = kept;
    }
    return out;
  }

  /**
   * `count` distinct integers out of 0..below-1 in random order, without replacement. Memory grows with `count`, not
   * with `below`.
   *
   * @param below - an integer from 0 to 2^31
   * @throws ArgumentError when count > below
   */
  choice(below: number, count: number): Int32Array {
    mustBeInteger(below, "below", 0, 2 ** 31);
    mustBeInteger(count, "count", 0, Number.MAX_SAFE_INTEGER);
    if (count > below)
      throw new ArgumentError(
        expected(`at most ${below}`, "count", count, "Without replacement a number is chosen once"),
      );
    // The first `count` steps of Fisher & Yates over 0..below-1; `moved` holds the places that are not where they were.
    const moved = new Map<number, number>();
    const out = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const j = i + this.#integer(below - i);
      out[i] = moved.get(j) ?? j;
      moved.set(j, moved.get(i) ?? i);
    }
    return out;
  }
}

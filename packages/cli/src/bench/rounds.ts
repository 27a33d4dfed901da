/** Contenders timed in turn, round after round, so that a machine that slows down slows all of them alike. */

import { InterruptedError } from "@mmgan/core";
import type { Contender } from "./contender.js";

/** One thing to time. */
export interface Entry {
  name: string;
  contender: Pick<Contender, "ask">;
  /** The contender's own name of it. */
  variant: string;
  /** Rounds it takes part in. Default: all. */
  rounds?: number;
}

export interface Measured {
  /** Every run's milliseconds, in order. */
  ms: number[];
  /** Most memory of its process, of all that ran in it. */
  peakBytes: number;
}

/** About how long one round of one entry is to take. */
const SLICE_MS = 1000;
export const ROUNDS = 5;

/**
 * Times every entry in `ROUNDS` rounds (A B C A B C ...), never two at once.
 *
 * @param runs - runs of each in all; undefined: as many as fill a second a round
 */
export async function timeInRounds(
  entries: readonly Entry[],
  runs: number | undefined,
  signal: AbortSignal,
  between?: (round: number) => Promise<void>,
): Promise<Map<string, Measured>> {
  const found = new Map<string, Measured>(entries.map(({ name }) => [name, { ms: [], peakBytes: 0 }]));
  const rounds = Math.min(ROUNDS, runs ?? ROUNDS);
  const counts = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    await between?.(round);
    for (const { name, contender, variant, rounds: own = rounds } of entries) {
      if (signal.aborted) throw new InterruptedError("Stopped on request.");
      if (round >= own) continue;
      let count = counts.get(name) ?? (runs && Math.ceil(runs / rounds));
      if (count === undefined) {
        const [first] = (await contender.ask<Measured>({ do: "run", variant, runs: 1 })).ms;
        count = Math.max(1, Math.min(1000, Math.round(SLICE_MS / first!)));
      }
      counts.set(name, count);
      const { ms, peakBytes } = await contender.ask<Measured>({ do: "run", variant, runs: count });
      const all = found.get(name)!;
      all.ms.push(...ms);
      all.peakBytes = Math.max(all.peakBytes, peakBytes);
    }
  }
  return found;
}

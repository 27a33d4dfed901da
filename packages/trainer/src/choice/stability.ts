/** How stable each K is over short runs, and which is taken. No label is read. */

import { meanAgreement } from "./agreement.js";
import type { Candidate, Choice } from "./choice-file.js";
import type { ShortRunEnd } from "./run-file.js";

/** What all short runs say of each K, ascending. */
export function scoreCandidates(runs: readonly Pick<ShortRunEnd, "seed" | "readings">[]): Candidate[] {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return runs[0]!.readings.map(({ clusters }, k) => {
    const readings = runs.map(({ readings }) => readings[k]!);
    const shares = readings.map(({ information }) => Math.max(0, information / Math.log(clusters)));
    const best = shares.indexOf(Math.max(...shares));
    const agreement = meanAgreement(readings.map(({ partition }) => partition)) ?? null;
    return {
      clusters,
      score: scoreOf(agreement, shares[best]!),
      agreement,
      information: shares[best]!,
      meanInformation: mean(shares),
      viewAgreement: mean(readings.map(({ viewAgreement }) => viewAgreement)),
      seed: runs[best]!.seed,
    };
  });
}

/**
 * The score of a K, 0..1: the geometric mean of both sorts of agreement.
 *
 * @param agreement - between runs, at most 1; null for a single run, which then does not count
 * @param information - between views, as a share of ln K
 */
export function scoreOf(agreement: number | null, information: number): number {
  return agreement === null ? information : Math.sqrt(Math.max(0, agreement) * information);
}

/** The candidate with the highest score, the smaller K of equals. */
export function mostStable(candidates: readonly Candidate[]): Choice {
  const best = candidates.reduce((a, b) => (b.score > a.score ? b : a));
  const { clusters, seed } = best;
  return { clusters, seed, why: "" };
}

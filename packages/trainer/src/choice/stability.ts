/** How stable each K is over short runs, and which is taken. No label is read. */

import { adjustedRandIndex } from "@mmgan/core";
import { priorSizes } from "../losses/encoder-losses.js";
import { meanOverPairs, sharedInformation } from "./agreement.js";
import type { Candidate, Choice } from "./choice-file.js";
import type { ShortRunEnd } from "./run-file.js";

/** A short run, as far as it is judged. */
export type JudgedRun = Pick<ShortRunEnd, "seed" | "readings">;

/**
 * Most information that K clusters can hold, in nats: ln K, or the entropy of the prior over their sizes.
 *
 * @param sizeRatio - of the config; 1 where all are alike
 */
export function mostInformation(clusters: number, sizeRatio: number): number {
  return priorSizes(clusters, sizeRatio).reduce((sum, share) => sum - share * Math.log(share), 0);
}

/**
 * How much more information counts beside its share of the most: 0 not at all, 1 alone. Measured, and wide: .1 to .3 choose
 * about alike (docs/decisions/0010).
 */
const AMOUNT = 0.25;

/**
 * The score of each K, ascending: the geometric mean of two shares of the most information that K clusters can hold, that
 * which a partition shares with the partition of another run, and that which the cluster of a sample shares with the
 * cluster of its other view, times (ln K / ln of the largest K)^(1/4). Means over all pairs of runs and over runs; of a
 * single run the second share alone.
 *
 * Shares fall where K is too large, because runs halve different classes and views cross the halves, and where K is too
 * small, because clusters of two classes leave sizes uneven. Not where classes go together evenly, six into three pairs:
 * hence the last factor. A K whose classes are of very unlike sizes is not found by this, unless a prior over sizes says so.
 */
export function scoreCandidates(runs: readonly JudgedRun[], sizeRatio = 1): Candidate[] {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const largest = Math.max(...runs[0]!.readings.map(({ clusters }) => clusters));
  return runs[0]!.readings.map(({ clusters }, k): Candidate => {
    const most = mostInformation(clusters, sizeRatio);
    const share = (information: number) => Math.min(1, Math.max(0, information / most));
    const readings = runs.map(({ readings }) => readings[k]!);
    const partitions = readings.map(({ partition }) => partition);
    const shared = meanOverPairs(partitions, sharedInformation);
    const betweenRuns = shared === undefined ? null : share(shared);
    const views = readings.map(({ information }) => share(information));
    const betweenViews = mean(views);
    return {
      clusters,
      score:
        Math.sqrt((betweenRuns ?? betweenViews) * betweenViews) *
        (Math.log(clusters) / Math.log(largest)) ** AMOUNT,
      betweenRuns,
      betweenViews,
      adjustedRand: meanOverPairs(partitions, adjustedRandIndex) ?? null,
      viewAgreement: mean(readings.map(({ viewAgreement }) => viewAgreement)),
      seed: runs[views.indexOf(Math.max(...views))]!.seed,
    };
  });
}

/** The candidate with the highest score, the smaller K of equals. */
const best = (candidates: readonly Candidate[]): Candidate =>
  candidates.reduce((a, b) => (b.score > a.score ? b : a));

/**
 * Standard error of a K's score over runs, by the jackknife (Efron & Stein 1981): sqrt((R - 1) / R sum (s_i - mean s)^2), s_i
 * the score without run i. Undefined for fewer than three runs, of which none can be spared.
 */
export function standardError(
  runs: readonly JudgedRun[],
  clusters: number,
  sizeRatio = 1,
): number | undefined {
  if (runs.length < 3) return undefined;
  const without = runs.map(
    (left) =>
      scoreCandidates(
        runs.filter((run) => run !== left),
        sizeRatio,
      ).find((candidate) => candidate.clusters === clusters)!.score,
  );
  const mean = without.reduce((a, b) => a + b, 0) / runs.length;
  const squares = without.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return Math.sqrt(((runs.length - 1) / runs.length) * squares);
}

/**
 * What is taken: the K of the highest score, and its run with the most information between views. Beside it all K whose
 * scores are within one standard error of that.
 */
export function mostStable(
  runs: readonly JudgedRun[],
  sizeRatio = 1,
): { candidates: Candidate[]; chosen: Choice } {
  const candidates = scoreCandidates(runs, sizeRatio);
  const { clusters, score, seed } = best(candidates);
  const error = standardError(runs, clusters, sizeRatio) ?? 0;
  const alike = candidates.filter((candidate) => candidate.score >= score - error);
  return {
    candidates,
    chosen: {
      ...{ clusters, seed, why: reason(candidates, clusters, score) },
      ...{ alike: alike.map((candidate) => candidate.clusters), standardError: error },
    },
  };
}

const figure = (x: number) => x.toFixed(3).replace(/^0/, "");

function reason(candidates: readonly Candidate[], clusters: number, score: number): string {
  if (candidates.length === 1) return "of its short runs this one's views agree best";
  const next = best(candidates.filter((candidate) => candidate.clusters !== clusters));
  return `the highest score, ${figure(score)}, before ${next.clusters} clusters with ${figure(next.score)}`;
}

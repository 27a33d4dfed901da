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
 * The score of each K, ascending: the geometric mean of two shares of the most information that K clusters can hold, that
 * which a partition shares with the partition of another run, and that which the cluster of a sample shares with the
 * cluster of its other view. Means over all pairs of runs and over runs; of a single run the second alone.
 *
 * Both fall where K is too large, because runs halve different classes and views cross the halves, and where K is too
 * small, because clusters of two classes leave sizes uneven. A K for which classes of unlike sizes are each a cluster is
 * not found by this, unless a prior over sizes says so.
 */
export function scoreCandidates(runs: readonly JudgedRun[], sizeRatio = 1): Candidate[] {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
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
      score: Math.sqrt((betweenRuns ?? betweenViews) * betweenViews),
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
  const own = (run: JudgedRun): JudgedRun => ({
    ...run,
    readings: run.readings.filter((reading) => reading.clusters === clusters),
  });
  const without = runs.map(
    (left) => scoreCandidates(runs.filter((run) => run !== left).map(own), sizeRatio)[0]!.score,
  );
  const mean = without.reduce((a, b) => a + b, 0) / runs.length;
  const squares = without.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return Math.sqrt(((runs.length - 1) / runs.length) * squares);
}

/**
 * What is taken: of the K whose scores are within one standard error of the highest the largest (the rule of Breiman et al.
 * 1984 for trees, the other way round: clusters too many can be named alike, classes within one cannot be told apart),
 * and its run with the most information between views. Of fewer than three runs the K of the highest score.
 */
export function mostStable(
  runs: readonly JudgedRun[],
  sizeRatio = 1,
): { candidates: Candidate[]; chosen: Choice } {
  const candidates = scoreCandidates(runs, sizeRatio);
  const top = best(candidates);
  const error = standardError(runs, top.clusters, sizeRatio) ?? 0;
  const alike = candidates.filter(({ score }) => score >= top.score - error);
  const { clusters, seed } = alike.at(-1)!;
  return {
    candidates,
    chosen: {
      ...{ clusters, seed, why: reason(candidates, top, clusters, error) },
      ...{ alike: alike.map((candidate) => candidate.clusters), standardError: error },
    },
  };
}

const figure = (x: number) => x.toFixed(3).replace(/^0/, "");

function reason(candidates: readonly Candidate[], top: Candidate, clusters: number, error: number): string {
  if (candidates.length === 1) return "of its short runs this one's views agree best";
  const highest = `the highest score, ${figure(top.score)}`;
  if (clusters !== top.clusters)
    return `the largest number within a standard error (${figure(error)}) of ${highest}, that of ${top.clusters}`;
  const next = best(candidates.filter((candidate) => candidate !== top));
  return `${highest}, before ${next.clusters} clusters with ${figure(next.score)}`;
}

import { Rng } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { type JudgedRun, mostInformation, mostStable, scoreCandidates, standardError } from "./stability.js";

const N = 3000;
/** Classes 0..k-1 in turn. */
const classes = (k: number) => Int32Array.from({ length: N }, (_, i) => i % k);
const reading = (clusters: number, partition: Int32Array, information: number) => ({
  ...{ clusters, partition, information },
  ...{ at: 0, viewAgreement: 0.5 },
});
const run = (seed: number, ...readings: JudgedRun["readings"][number][]): JudgedRun => ({ seed, readings });

describe("mostInformation", () => {
  it("is ln K, or the entropy of a prior over sizes", () => {
    expect(mostInformation(10, 1)).toBeCloseTo(Math.log(10), 12);
    // Shares 2/3 and 1/3.
    expect(mostInformation(2, 2)).toBeCloseTo(-(2 / 3) * Math.log(2 / 3) - (1 / 3) * Math.log(1 / 3), 12);
  });
});

describe("scoreCandidates", () => {
  it("is 1 where runs and views agree entirely, whatever the names of clusters", () => {
    const turned = classes(6).map((c) => (c + 1) % 6);
    const runs = [run(0, reading(6, classes(6), Math.log(6))), run(1, reading(6, turned, Math.log(6)))];
    const [candidate] = scoreCandidates(runs);
    expect(candidate).toMatchObject({ clusters: 6, betweenViews: 1, adjustedRand: 1, viewAgreement: 0.5 });
    // But for the correction for chance.
    expect(candidate!.betweenRuns).toBeCloseTo(1 - 25 / (2 * N) / Math.log(6), 12);
    expect(candidate!.score).toBeCloseTo(Math.sqrt(candidate!.betweenRuns!), 12);
  });

  it("is about 0 where runs are independent, however well views agree", () => {
    const random = (step: number) => new Rng({ seed: 2, stream: "partition", step }).integers(N, 6);
    const runs = [0, 1].map((seed) => run(seed, reading(6, random(seed), Math.log(6))));
    expect(scoreCandidates(runs)[0]!.score).toBeLessThan(0.1);
  });

  it("of one run is what its views share", () => {
    const [candidate] = scoreCandidates([run(7, reading(4, classes(4), Math.log(2)))]);
    expect(candidate).toMatchObject({ score: 0.5, betweenRuns: null, adjustedRand: null, seed: 7 });
  });

  it("names the run with the most information between views", () => {
    const runs = [1, 3, 2].map((nats, seed) => run(10 + seed, reading(30, classes(30), nats)));
    expect(scoreCandidates(runs)[0]!.seed).toBe(11);
  });
});

describe("mostStable", () => {
  /**
   * Twelve even classes in runs without noise. Too few clusters: the last ones stay together, always the same. Too many:
   * each run halves other classes, at random.
   */
  const K = 12;
  const planted = (seed: number, clusters: number) => {
    const rng = new Rng({ seed, stream: "halves", step: clusters });
    const halved = rng.choice(K, Math.max(0, clusters - K));
    const coin = rng.integers(N, 2);
    const partition = classes(K).map((c, i) => {
      const half = halved.indexOf(c);
      return half >= 0 && coin[i] === 1 ? K + half : Math.min(c, clusters - 1);
    });
    // What a view says: the class, never the half.
    const sizes = new Map<number, number>();
    for (const c of classes(K).map((c) => Math.min(c, clusters - 1))) sizes.set(c, (sizes.get(c) ?? 0) + 1);
    const information = [...sizes.values()].reduce((sum, n) => sum - (n / N) * Math.log(n / N), 0);
    return reading(clusters, partition, information);
  };
  const candidates = [8, 9, 10, 11, 12, 13, 14, 15];
  const runs = [0, 1, 2].map((seed) => run(seed, ...candidates.map((k) => planted(seed, k))));

  it("finds the planted number of even classes", () => {
    const { chosen } = mostStable(runs);
    expect(chosen).toMatchObject({ clusters: K, alike: [K] });
    expect(chosen.why).toMatch(/^the highest score, \.97\d, before 1[13] clusters with \.9\d\d$/);
  });

  it("though a smaller K agrees as well between runs by the adjusted Rand index", () => {
    const { candidates: found } = mostStable(runs);
    expect(found.find(({ clusters }) => clusters === 11)!.adjustedRand).toBe(1);
    expect(found.find(({ clusters }) => clusters === 13)!.adjustedRand).toBeLessThan(0.97);
  });

  it("prefers six classes, well told apart, to their three pairs, told apart a little better", () => {
    const pairs = classes(6).map((c) => Math.floor(c / 2));
    const both = (seed: number) =>
      run(seed, reading(3, pairs, Math.log(3)), reading(6, classes(6), 0.97 * Math.log(6)));
    const { candidates: found, chosen } = mostStable([both(0), both(1)]);
    expect(found[0]!.betweenViews).toBeGreaterThan(found[1]!.betweenViews);
    expect(chosen).toMatchObject({ clusters: 6, standardError: 0, alike: [6] });
  });

  it("names all K within a standard error of the best", () => {
    // Scores of one K differ from run to run, those of the other are a little lower throughout.
    const nats = (k: number, share: number) => reading(k, classes(k), share * Math.log(k));
    const unsure = [0.8, 0.9, 1].map((share, seed) => run(seed, nats(4, 0.92), nats(5, share)));
    expect(mostStable(unsure).chosen).toMatchObject({ clusters: 5, alike: [4, 5] });
    expect(mostStable(unsure.slice(1)).chosen).toMatchObject({ alike: [5], standardError: 0 });
  });
});

describe("standardError", () => {
  it("is that of the jackknife", () => {
    // Partitions are equal, so a score is sqrt(between runs) times sqrt(mean share between views).
    const shares = [0.5, 0.7, 0.9];
    const runs = shares.map((share, seed) => run(seed, reading(4, classes(4), share * Math.log(4))));
    const between = 1 - 9 / (2 * N) / Math.log(4);
    const without = [0.8, 0.7, 0.6].map((mean) => Math.sqrt(between * mean));
    const mean = (without[0]! + without[1]! + without[2]!) / 3;
    const squares = without.reduce((sum, score) => sum + (score - mean) ** 2, 0);
    expect(standardError(runs, 4)).toBeCloseTo(Math.sqrt((2 / 3) * squares), 12);
    expect(standardError(runs.slice(1), 4)).toBeUndefined();
  });
});

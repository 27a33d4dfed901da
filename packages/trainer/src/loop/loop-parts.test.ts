import { Rng } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { trainingProgram, variantAt, variantName } from "../models/mmgan.js";
import {
  adamSteps,
  attemptEndingAt,
  contestEnd,
  firstGanStep,
  startsEnd,
  walkLength,
} from "../models/phases.js";
import { expectClose } from "../testing/differences.js";
import { barImages, smallConfig } from "../testing/small.js";
import { augmentImages, augmentPoints } from "./augment.js";
import { DataOrder, gather, makeBatch, otherViewsOf } from "./batches.js";
import { effectiveClusters, warnings } from "./health.js";
import { informationOf, jointTable } from "./joint-table.js";
import { encoderFactor, ganFactor, holdThenFall, hyperAt } from "./schedule.js";

const still = { rotation: 0, scale: 0, shear: 0, shift: 0, flip: false, brightness: 0, gamma: 0, jitter: 0 };
const rng = () => new Rng({ seed: 1, stream: "test" });

describe("augmentImages", () => {
  const pixels = Uint8Array.from({ length: 25 }, (_, i) => i * 10);
  const view = (settings: Partial<typeof still>, source = pixels, channels = 1) =>
    augmentImages(source, 5, channels, Int32Array.of(0), { ...still, ...settings }, rng());

  it("with all amplitudes 0 is the picture itself in [-1, 1]", () => {
    expectClose(
      view({}),
      Array.from(pixels, (v) => v / 127.5 - 1),
      { absolute: 1e-6 },
    );
  });
  it("mirrors left-right, exactly, in about half of the pictures", () => {
    const many = augmentImages(pixels, 5, 1, new Int32Array(400), { ...still, flip: true }, rng());
    const row = (n: number) => [...many.slice(n * 25, n * 25 + 5)].map((v) => Math.round((v + 1) * 127.5));
    const kinds = Array.from({ length: 400 }, (_, n) => row(n).join());
    const mirrored = kinds.filter((k) => k === "40,30,20,10,0").length;
    expect(kinds.filter((k) => k === "0,10,20,30,40").length + mirrored).toBe(400);
    expect(mirrored).toBeGreaterThan(160);
    expect(mirrored).toBeLessThan(240);
  });
  it("moves a picture of one value nowhere, whatever the geometry", () => {
    const flat = new Uint8Array(75).fill(200);
    const moved = view({ rotation: 1, scale: 0.5, shear: 0.3, shift: 0.3, flip: true }, flat, 3);
    expectClose(moved, new Float32Array(75).fill(200 / 127.5 - 1), { absolute: 1e-6 });
  });
  it("brightness b multiplies [0, 1] values by 1 + u b, clipped at 1", () => {
    const [, , , , , , u] = Array.from(rng().uniform(8), (x) => 2 * x - 1);
    const lit = view({ brightness: 1 });
    expectClose(
      lit,
      Array.from(pixels, (v) => 2 * Math.min(1, (v / 255) * (1 + u!)) - 1),
      { absolute: 1e-5 },
    );
  });
  it("stays in [-1, 1]", () => {
    const wild = view({ rotation: 3, scale: 0.9, shear: 1, shift: 0.5, brightness: 1, gamma: 2 });
    for (const v of wild) expect(Math.abs(v)).toBeLessThanOrEqual(1);
  });
});

describe("augmentPoints", () => {
  it("adds noise of the asked deviation", () => {
    const points = new Float32Array(2000).fill(3);
    const moved = augmentPoints(
      points,
      2,
      Int32Array.from({ length: 1000 }, (_, i) => i),
      { ...still, jitter: 0.5 },
      rng(),
    );
    const mean = moved.reduce((a, b) => a + b, 0) / 2000;
    const deviation = Math.sqrt(moved.reduce((s, v) => s + (v - mean) ** 2, 0) / 2000);
    expect(mean).toBeCloseTo(3, 1);
    expect(deviation).toBeCloseTo(0.5, 1);
  });
});

describe("DataOrder", () => {
  it("sees every image once an epoch, in another order each time, from any cursor", () => {
    const order = new DataOrder(4, 10);
    const first = [...order.take(0, 10)];
    const second = [...order.take(10, 10)];
    expect([...first].sort()).toEqual([...second].sort());
    expect(first).not.toEqual(second);
    expect([...new DataOrder(4, 10).take(7, 6)]).toEqual([...first.slice(7), ...second.slice(0, 3)]);
  });
});

describe("makeBatch", () => {
  it("makes exactly what the program declares, reals as the pictures they are", () => {
    const dataset = barImages();
    const config = smallConfig({ pairing: "off" });
    const program = trainingProgram(config, variantAt(config, 2));
    const batch = makeBatch(
      config,
      dataset,
      new DataOrder(config.seed, dataset.count),
      otherViewsOf(config, dataset),
      program,
      2,
      24,
    );
    expect(Object.keys(batch).sort()).toEqual(Object.keys(program.batch).sort());
    for (const [name, { dims }] of Object.entries(program.batch)) {
      expect(batch[name]!.dims).toEqual(dims);
      expect(batch[name]!.data.length).toBe(dims.reduce((a, b) => a * b, 1));
    }
    const indices = new DataOrder(config.seed, dataset.count).take(24, 12);
    expect(batch.real!.data).toEqual(gather(dataset, indices));
    const labels = batch.pairLabels!.data as Float32Array;
    for (let n = 0; n < 6; n++) expect(labels.slice(n * 3, n * 3 + 3).reduce((a, b) => a + b, 0)).toBe(1);
  });
});

describe("schedule", () => {
  it("holds, then falls in a line to its end", () => {
    const factor = (t: number) => holdThenFall(101, 0.6, 0.02, t);
    expect([factor(0), factor(60)]).toEqual([1, 1]);
    expect(factor(100)).toBeCloseTo(0.02, 12);
    const halfway = 60.6 + (100 - 60.6) / 2;
    expect(factor(halfway)).toBeCloseTo((1 + 0.02) / 2, 12);
  });
  it("G, D and the mixture: over the steps beside the GAN", () => {
    const config = smallConfig({ steps: 121, encoderSteps: 20, rateHold: 0.5, rateEnd: 0 });
    expect([20, 70].map((t) => ganFactor(config, t))).toEqual([1, 1]);
    expect(ganFactor(config, 120)).toBeCloseTo(0, 12);
    expect(ganFactor(config, 20 + 50.5 + 49.5 / 2)).toBeCloseTo(0.5, 12);
  });
  it("E: constant alone, then in a line to its share beside the GAN, then as all rates", () => {
    const config = smallConfig({
      steps: 200,
      starts: 2,
      startSteps: 10,
      encoderSteps: 110,
      encoderGanRate: 0.1,
      rateHold: 0.8,
      rateEnd: 0,
    });
    const first = 2 * 10 + 110 - 10;
    const factors = [0, 15, 20, 80, 100, first, first + 64, 199].map((t) => encoderFactor(config, t));
    const hold = 20 + 0.6 * 101;
    const at100 = 1 - (1 - 0.1) * ((100 - hold) / (first - hold));
    for (const [i, wanted] of [1, 1, 1, 1, at100, 0.1, 0.1, 0].entries())
      expect(factors[i]).toBeCloseTo(wanted, 12);
    const paper = smallConfig({ encoderSteps: 0, information: 0 });
    expect(encoderFactor(paper, 7)).toBe(ganFactor(paper, 7));
  });
  it("counts G's steps from the start of the GAN", () => {
    const config = smallConfig({ encoderSteps: 4, encoderGanRate: 1 });
    const hyper = hyperAt(config, ["generator/rate", "encoder/rate"], 4);
    expect(hyper["generator/rate"]).toBeCloseTo(config.generatorRate / (1 - 0.5), 12);
    expect(hyper["encoder/rate"]).toBeCloseTo(config.encoderRate / (1 - 0.5 ** 5), 12);
  });
});

describe("phases", () => {
  it("several starts: Adam counts anew in each, the best goes on, then the GAN", () => {
    const config = smallConfig({ steps: 40, starts: 3, startSteps: 4, encoderSteps: 6 });
    expect([startsEnd(config), firstGanStep(config)]).toEqual([12, 12 + 6 - 4]);
    const counted = [0, 3, 4, 11, 12, 13, 14].map((t) => adamSteps(config, "encoder", t));
    expect(counted).toEqual([1, 4, 1, 4, 5, 6, 7]);
    expect(adamSteps(config, "generator", 14)).toBe(1);
    expect(variantName(variantAt(config, 13))).toBe("encoder+information");
    expect(variantAt(config, 14).gan).toBe(true);
  });
  it("repairs follow the starts, even a single one; Adam goes on counting", () => {
    const shape = { steps: 60, starts: 1, startSteps: 10, encoderSteps: 16, repairs: 2, repairSteps: 5 };
    const config = smallConfig(shape);
    expect([startsEnd(config), contestEnd(config), firstGanStep(config)]).toEqual([10, 20, 26]);
    const ends = Array.from({ length: 30 }, (_, t) => attemptEndingAt(config, t)).flatMap((a, t) =>
      a ? [`${t} ${a.what} ${a.number}/${a.of}`] : [],
    );
    expect(ends).toEqual(["10 start 1/1", "15 repair 1/2", "20 repair 2/2"]);
    expect([0, 9, 10, 20, 26].map((t) => adamSteps(config, "encoder", t))).toEqual([1, 10, 11, 21, 27]);
    // without them a single start is no start at all
    expect(startsEnd(smallConfig({ ...shape, repairs: 0 }))).toBe(0);
  });
  it("walks are short from the last 40 % of E's time alone on", () => {
    const none = { repairs: 0, repairSteps: 1 };
    const shape = {
      steps: 200,
      walk: 128,
      walkLate: 16,
      starts: 2,
      startSteps: 10,
      encoderSteps: 110,
      ...none,
    };
    // 20 steps of starts, then 100 alone: long up to step 20 + 60
    expect([0, 79, 80, 119, 199].map((t) => walkLength(shape, t))).toEqual([128, 128, 16, 16, 16]);
    const withoutAlone = { ...shape, starts: 1, encoderSteps: 0 };
    expect([119, 120].map((t) => walkLength(withoutAlone, t))).toEqual([128, 16]);
  });
});

describe("informationOf", () => {
  const mutualInformation = (a: Float32Array, b: Float32Array, k: number) =>
    informationOf(jointTable(a, b, k));
  it("is ln K for even, certain and equal clusters; 0 when the views say nothing of each other", () => {
    const certain = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    expect(mutualInformation(certain, certain, 3)).toBeCloseTo(Math.log(3), 6);
    const even = new Float32Array(12).fill(1 / 3);
    expect(mutualInformation(even, even, 3)).toBeCloseTo(0, 6);
  });
  it("is that of the joint table, here [[.4, .1], [.1, .4]]", () => {
    const hard = (labels: number[]) => Float32Array.from(labels.flatMap((l) => (l === 0 ? [1, 0] : [0, 1])));
    const first = hard([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    const second = hard([0, 0, 0, 0, 1, 0, 1, 1, 1, 1]);
    const wanted = 2 * 0.4 * Math.log(0.4 / 0.25) + 2 * 0.1 * Math.log(0.1 / 0.25);
    expect(mutualInformation(first, second, 2)).toBeCloseTo(wanted, 6);
  });
});

describe("variantAt", () => {
  it("E alone first; then the GAN, information and R1 at their intervals", () => {
    const config = smallConfig({ encoderSteps: 2, informationEvery: 2, r1Every: 3 });
    const names = Array.from({ length: 9 }, (_, t) => variantName(variantAt(config, t)));
    expect(names).toEqual([
      "encoder+information",
      "encoder+information",
      "gan+information+r1",
      "gan",
      "gan+information",
      "gan+r1",
      "gan+information",
      "gan",
      "gan+information+r1",
    ]);
  });
  it("the paper recipe has neither", () => {
    const config = smallConfig({ encoderSteps: 0, information: 0, r1: 0 });
    expect([0, 1, 4].map((t) => variantName(variantAt(config, t)))).toEqual(["gan", "gan", "gan"]);
  });
});

describe("health", () => {
  const config = smallConfig();
  const healthy = { scalars: { "loss/critic": 0.7, "sigma/min": 0.6 }, shares: [0.3, 0.3, 0.4] };
  it("says nothing of a healthy run", () => {
    expect(warnings(healthy, config)).toEqual([]);
  });
  it("names empty clusters, sigma at the floor and a critic that has won, each with its remedy", () => {
    const found = warnings(
      { scalars: { "loss/critic": 0.001, "sigma/min": 0.1 }, shares: [0.99, 0.001, 0.009] },
      config,
    );
    expect(found.map(({ code }) => code)).toEqual(["EMPTY_CLUSTERS", "SIGMA_AT_FLOOR", "CRITIC_WON"]);
    expect(found[0]!.message).toMatch(/clusters 1, 2 .*--balance/);
    expect(found[1]!.message).toMatch(/0\.1.*--r1/);
    expect(found[2]!.message).toMatch(/--r1/);
  });
  it("effective clusters: K when even, 1 when all in one", () => {
    expect(effectiveClusters([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(4, 12);
    expect(effectiveClusters([1, 0, 0])).toBe(1);
  });
});

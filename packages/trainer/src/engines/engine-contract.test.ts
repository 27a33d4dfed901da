import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LOSSES, PAIRINGS, type Settings } from "../config.js";
import type { Dataset } from "../data/index.js";
import { makeMoons } from "../data/index.js";
import { DataOrder, makeBatch, otherViewsOf } from "../loop/batches.js";
import { hyperAt } from "../loop/schedule.js";
import {
  evaluationProgram,
  initialState,
  samplingProgram,
  trainingProgram,
  variantAt,
} from "../models/mmgan.js";
import type { PlainState } from "../nets/parameters.js";
import { expectClose } from "../testing/differences.js";
import { tf } from "../testing/gradients.js";
import { needPlace, PLACES, type Place, placeName } from "../testing/places.js";
import { barImages, smallConfig } from "../testing/small.js";
import { tensorDifference } from "./difference.js";
import { createEngine, type Engine, type EngineName } from "./engine.js";

type Config = ReturnType<typeof smallConfig>;

const moons = (): Dataset => ({
  name: "moons",
  kind: "point",
  split: "train",
  count: 60,
  dim: 2,
  points: makeMoons({ count: 60 }).points,
  fit: "stretch",
});

/** Runs steps `from`..`to` of a training. */
async function advance(
  { engine: name, device }: Pick<Place, "engine" | "device">,
  config: Config,
  dataset: Dataset,
  state: PlainState,
  from: number,
  to: number,
) {
  const engine = await createEngine(name, state, { threads: 1, device });
  try {
    const order = new DataOrder(config.seed, dataset.count);
    let cursor = from * config.batch;
    const outputs = [];
    for (let t = from; t < to; t++) {
      const program = trainingProgram(config, variantAt(config, t));
      const batch = makeBatch(config, dataset, order, otherViewsOf(config, dataset), program, t, cursor);
      outputs.push(await engine.run(program, batch, hyperAt(config, program.hyper, t)));
      cursor += config.batch;
    }
    return { state: await engine.state(), outputs };
  } finally {
    await engine.dispose();
  }
}

/** The tensor of `b` whose counterpart in `a` is farthest off, on its own scale. */
function worstRelative(a: PlainState, b: PlainState): { name: string; error: number } {
  const all = Object.entries(b).map(([name, value]) => ({
    name,
    error: tensorDifference(name, a[name]!, value).relative,
  }));
  return all.reduce((worst, entry) => (entry.error > worst.error ? entry : worst));
}

const cases: [string, Partial<Settings>][] = [
  ...LOSSES.flatMap((loss) =>
    PAIRINGS.map((pairing): [string, Partial<Settings>] => [`${loss}, ${pairing}`, { loss, pairing }]),
  ),
  ["paper: no information, no R1", { encoderSteps: 0, information: 0, r1: 0, ema: 0 }],
  ["without batch norm", { batchNorm: false }],
  ["heavy nets", { net: "heavy", batchNorm: false }],
  ["whole blocks of channels", { filters: 16 }],
  ["equal means", { init: "same", sigma: 0.5 }],
  ["changed pictures for D", { criticShift: 0.2, criticLight: 0.4, criticCutout: 0.3 }],
  ["uneven sizes, a slow average of G", { sizeRatio: 5, generatorEma: 0.999 }],
];

const REFERENCE = { engine: "reference", device: "cpu" } as const;

/** Where it is slow, one case of each kind of graph: points, and pictures with every term. */
const casesFor = ({ slow }: Place) =>
  slow ? cases.filter(([name]) => ["rsgan, straight-through", "crasgan, hard"].includes(name)) : cases;

describe.each(PLACES.filter(({ engine }) => engine !== "reference").map((p) => [placeName(p), p] as const))(
  "%s and reference take the same three steps",
  (_, place) => {
    // Step 0 trains E alone, step 1 the GAN with information and R1, step 2 the GAN alone.
    // Adam's first steps have the length of the rate however small a gradient is: where one is nothing but rounding, the
    // engines may step either way. Moderate rates keep that within the tolerance.
    const rates = { encoderRate: 5e-4, encoderGanRate: 1, generatorRate: 5e-4, criticRate: 5e-4 };
    const threeSteps = { encoderSteps: 1, informationEvery: 2, r1Every: 2, ...rates };

    beforeEach((context) => needPlace(context, place));

    it.each(casesFor(place))("%s", async (_, overrides) => {
      const config = smallConfig({ ...threeSteps, ...overrides });
      const start = initialState(config);
      const [ours, reference] = [
        await advance(place, config, barImages(), start, 0, 3),
        await advance(REFERENCE, config, barImages(), start, 0, 3),
      ];
      ours.outputs.forEach((outputs, t) => {
        expect(Object.keys(outputs).sort()).toEqual(Object.keys(reference.outputs[t]!).sort());
        for (const [name, { data }] of Object.entries(reference.outputs[t]!))
          expectClose(
            outputs[name]!.data as Float32Array,
            data as Float32Array,
            { absolute: 1e-4, relative: 1e-3 },
            `${name} at step ${t}`,
          );
      });
      expect(Object.keys(ours.state).sort()).toEqual(Object.keys(reference.state).sort());
      const worst = worstRelative(ours.state, reference.state);
      expect(worst.error, worst.name).toBeLessThan(1e-4);
      // and the steps did something: every trained weight has moved
      for (const [name, { data }] of Object.entries(start))
        if (name.startsWith("critic/conv") || name.startsWith("encoder/conv"))
          expect(ours.state[name]!.data, name).not.toEqual(data);
    });

    it("colour pictures, and points", async () => {
      for (const [dataset, loss] of [
        [barImages(40, 12, 3, 3), "crasgan"],
        // A unit of a dense critic that is active everywhere feels nothing of a relativistic loss through its bias.
        [moons(), "sgan"],
      ] as const) {
        const config = smallConfig({ ...threeSteps, loss }, { dataset });
        const start = initialState(config);
        const [ours, reference] = [
          await advance(place, config, dataset, start, 0, 3),
          await advance(REFERENCE, config, dataset, start, 0, 3),
        ];
        const worst = worstRelative(ours.state, reference.state);
        expect(worst.error, worst.name).toBeLessThan(1e-4);
      }
    });
  },
);

describe.each(PLACES.map((p) => [placeName(p), p] as const))("engine %s", (_, place) => {
  const { engine: name, device } = place;
  const config = smallConfig();
  const dataset = barImages();
  let start: PlainState;
  beforeAll(() => {
    start = initialState(config);
  });
  // A session left open keeps the device's compiled shaders: the tests share them.
  let warm: Engine | undefined;
  beforeEach(async (context) => {
    await needPlace(context, place);
    if (!place.slow || warm) return;
    warm = await createEngine(name, start, { device });
    await warm.run(evaluationProgram(config, 1), {
      real: { dims: [1, 8, 8, 1], type: "float32", data: new Float32Array(64) },
    });
  });
  afterAll(async () => {
    await warm?.dispose();
    tf.disposeVariables();
  });

  it("same state and batches, same bytes", async () => {
    const [a, b] = [
      await advance(place, config, dataset, start, 0, 4),
      await advance(place, config, dataset, start, 0, 4),
    ];
    expect(a.state).toEqual(b.state);
  });

  it("two steps, a new engine on that state, two more: the same bytes as four steps", async () => {
    const whole = await advance(place, config, dataset, start, 0, 4);
    const half = await advance(place, config, dataset, start, 0, 2);
    expect((await advance(place, config, dataset, half.state, 2, 4)).state).toEqual(whole.state);
  });

  it("leaves the state it was given as it was, and reads without writing", async () => {
    const copy = structuredClone(start);
    const engine = await createEngine(name, start, { threads: 1, device });
    const real = { dims: [2, 8, 8, 1], type: "float32" as const, data: new Float32Array(128).fill(-1) };
    const { probabilities } = await engine.run(evaluationProgram(config, 2), { real });
    const rows = probabilities!.data as Float32Array;
    expectClose([rows[0]! + rows[1]! + rows[2]!], [1]);
    expectClose(rows.slice(0, 3), rows.slice(3));
    expect(await engine.state()).toEqual(copy);
    await engine.dispose();
    expect(start).toEqual(copy);
  });

  it("samples pictures in [-1, 1] that depend on cluster and noise", async () => {
    const engine = await createEngine(name, start, { threads: 1, device });
    const labels = {
      dims: [3, 3],
      type: "float32" as const,
      data: Float32Array.of(1, 0, 0, 0, 1, 0, 1, 0, 0),
    };
    const noise = {
      dims: [3, 5],
      type: "float32" as const,
      data: new Float32Array(15).fill(0, 0, 10).fill(1, 10),
    };
    const { samples } = await engine.run(samplingProgram(config, 3), { labels, noise });
    const rows = [0, 1, 2].map((i) => (samples!.data as Float32Array).slice(i * 64, (i + 1) * 64));
    expect(rows[0]).not.toEqual(rows[1]);
    expect(rows[0]).not.toEqual(rows[2]);
    for (const v of rows.flatMap((r) => [...r])) expect(Math.abs(v)).toBeLessThanOrEqual(1);
    await engine.dispose();
  });

  it("leaks no tensor", async () => {
    const engine = await createEngine(name, start, { threads: 1, device });
    const order = new DataOrder(config.seed, dataset.count);
    const counts: number[] = [];
    for (let t = 0; t < 8; t++) {
      const program = trainingProgram(config, variantAt(config, t));
      await engine.run(
        program,
        makeBatch(config, dataset, order, otherViewsOf(config, dataset), program, t, t * 12),
        hyperAt(config, program.hyper, t),
      );
      counts.push(tf.memory().numTensors);
    }
    expect(new Set(counts.slice(3)).size, counts.join()).toBe(1);
    await engine.dispose();
  });
});

it("an engine that does not exist is named with the nearest", async () => {
  await expect(createEngine("onxn" as EngineName, {})).rejects.toMatchObject({
    code: "E_UNKNOWN_NAME",
    message: expect.stringMatching(/onxn.*onnx/),
  });
});

/** Tiny training steps to try an engine with: they need no data. */

import { type PlainTensor, Rng } from "@mmgan/core";
import type { MmganConfig } from "../config.js";
import { hyperAt } from "../loop/schedule.js";
import {
  evaluationProgram,
  initialState,
  samplingProgram,
  trainingProgram,
  variantAt,
} from "../models/mmgan.js";
import type { Program, TensorSpec } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";
import { resolveConfig } from "../recipes.js";

const SEED = 1;

/** Pictures of 12x12 pixels, 4 filters: a step of E alone, then one of the GAN with every term. */
export function probeConfig(): MmganConfig {
  return resolveConfig({
    data: "probe",
    clusters: 3,
    count: 64,
    input: { kind: "image", height: 12, width: 12, channels: 1, fit: "stretch" },
    seed: SEED,
    overrides: {
      steps: 2,
      batch: 8,
      ganBatch: 8,
      filters: 4,
      latentDim: 4,
      encoderSteps: 1,
      starts: 1,
      walk: 0,
      // Adam's first steps have the length of the rate however small a gradient is; a moderate one hides rounding.
      encoderRate: 5e-4,
      generatorRate: 5e-4,
      criticRate: 5e-4,
    },
  });
}

/** One run of a program: what goes in beside the state. */
export interface ProbeRun {
  program: Program;
  batch: Record<string, PlainTensor>;
  hyper: Record<string, number>;
}

export const probeState = (): PlainState => initialState(probeConfig());

/** Encoder and generator as they are read out, then the training steps: what comes first is the cause of the rest. */
export function probeRuns(): ProbeRun[] {
  const config = probeConfig();
  const run = (program: Program, t = 0): ProbeRun => ({
    program,
    batch: Object.fromEntries(
      Object.entries(program.batch).map(([name, spec]) => [name, values(name, spec, config.clusters)]),
    ),
    hyper: hyperAt(config, program.hyper, t),
  });
  return [
    run(evaluationProgram(config, 8)),
    run(samplingProgram(config, 8)),
    ...[0, 1].map((t) => run(trainingProgram(config, variantAt(config, t)), t)),
  ];
}

/** One-hot labels, pictures in [-1, 1], normal noise; the same on every call. */
function values(name: string, { dims, type }: TensorSpec, clusters: number): PlainTensor {
  const size = dims.reduce((n, d) => n * d, 1);
  const rng = new Rng({ seed: SEED, stream: `probe/${name}` });
  if (/labels$/i.test(name))
    return {
      dims,
      type,
      data: Float32Array.from(
        { length: size },
        (_, i) => +(i % clusters === Math.floor(i / clusters) % clusters),
      ),
    };
  if (/noise$/i.test(name)) return { dims, type, data: rng.normal(size) };
  return { dims, type, data: rng.uniform(size).map((u) => 2 * u - 1) };
}

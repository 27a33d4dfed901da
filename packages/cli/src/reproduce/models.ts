/**
 * The models an experiment can name. Each is a `step` (trains its folder on), a `cluster` read-out and a `generate`, the
 * last two as a bundle gives them: a rival joins by one entry here.
 */

import { ArgumentError, expected, InterruptedError, type Model } from "@mmgan/core";
import { loadModel } from "@mmgan/runtime-node";
import {
  type ConfigRequest,
  type Dataset,
  exportRun,
  firstGanStep,
  RIVAL_NAMES,
  type RivalName,
  resolveConfig,
  MODEL_NAMES as TRAINED,
  type TrainConfig,
  type TrainEvent,
  train,
} from "@mmgan/trainer";

export const MODEL_NAMES = [...TRAINED, "encoder"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

export interface StepOptions {
  /** The training's folder; what is in it goes on. */
  readonly folder: string;
  readonly dataset: Dataset;
  /** Steps to have done, at most `config.steps`. */
  readonly until: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onEvent?: (event: TrainEvent) => void;
}

export interface ExperimentModel {
  /** Whether its generator is trained. */
  readonly generates: boolean;
  /** The whole config, from which and the data everything else follows. */
  config(request: ConfigRequest): TrainConfig;
  /**
   * Trains on to `until` steps; a folder that holds them already stays as it is.
   *
   * @returns steps done, more than `until` where they were done before
   * @throws InterruptedError when `signal` is aborted, after a checkpoint
   */
  step(config: TrainConfig, options: StepOptions): Promise<number>;
  /** Writes the folder's newest state as a bundle and loads it: `cluster` and `generate`. The caller disposes of it. */
  open(folder: string, bundle: string, name: string, threads: number): Promise<Model>;
}

const MMGAN: ExperimentModel = {
  generates: true,
  config: resolveConfig,
  async step(config, { folder, dataset, until, threads, signal, onEvent }) {
    const enough = new AbortController();
    let done = 0;
    const hear = (event: TrainEvent) => {
      if (event.kind === "start" || event.kind === "step") {
        done = event.step;
        if (done >= until && until < config.steps) enough.abort();
      }
      onEvent?.(event);
    };
    const stop = AbortSignal.any([signal, enough.signal]);
    try {
      await train(config, { dataset, out: folder, resume: true, threads, signal: stop, onEvent: hear });
    } catch (error) {
      if (!(error instanceof InterruptedError) || signal.aborted) throw error;
    }
    return done;
  },
  async open(folder, bundle, name, threads) {
    await exportRun(folder, bundle, { name });
    return loadModel(bundle, { device: "cpu", threads });
  },
};

/** *Encoder alone*: the information term without the GAN, all steps long; the recipe's starts and repairs are among them. */
const ENCODER: ExperimentModel = {
  ...MMGAN,
  generates: false,
  config(request) {
    const config = resolveConfig(request);
    const { steps, encoderSteps, starts, startSteps, repairs, repairSteps } = config;
    if (encoderSteps === 0)
      throw new ArgumentError(
        expected(
          "a recipe with an information term",
          "the model encoder",
          request.recipe,
          "E alone learns by that term",
        ),
      );
    // What comes before the GAN beside them: the starts that do not go on, and the repairs.
    const beside = firstGanStep(config) - encoderSteps;
    const attempts = { starts, startSteps, repairs, repairSteps };
    const alone = { steps, encoderSteps: steps - beside, ...attempts };
    return resolveConfig({ ...request, overrides: { ...request.overrides, ...alone } });
  },
};

const rival = (model: RivalName): ExperimentModel => ({
  ...MMGAN,
  config: (request) => resolveConfig({ ...request, model }),
});

export const MODELS = {
  mmgan: MMGAN,
  encoder: ENCODER,
  ...Object.fromEntries(RIVAL_NAMES.map((name) => [name, rival(name)])),
} as Readonly<Record<ModelName, ExperimentModel>>;

/** What every step of a training is fed, for those who run the steps elsewhere. */

import type { PlainTensor } from "@mmgan/core";
import type { MmganConfig } from "../config.js";
import type { Dataset } from "../data/index.js";
import type { Engine } from "../engines/engine.js";
import { trainingPrograms, type Variant, variantAt } from "../models/mmgan.js";
import { adamSteps, attemptEndingAt } from "../models/phases.js";
import type { Program } from "../models/program.js";
import { buildNeighbourGraph, withWalkLength } from "../neighbours/index.js";
import { PARTS, type Part } from "../nets/parameters.js";
import { inlineBatches } from "./batch-source.js";
import { otherViewsOf } from "./batches.js";
import { ratesAt } from "./schedule.js";
import { endAttempt } from "./starts.js";

export interface FedStep {
  /** From 0. */
  step: number;
  /** Whether E is to be judged before this step: call {@link TrainingFeed.judge}. */
  endsStart: boolean;
  variant: Variant;
  program: Program;
  batch: Record<string, PlainTensor>;
  /** Adam's learning rates of the parts that take part. */
  rates: Partial<Record<Part, number>>;
}

export interface TrainingFeed {
  /** The steps in order, the same bytes as {@link train} feeds its own; each is made when it is asked for. */
  steps: AsyncIterable<FedStep>;
  /**
   * Ends a start or a repair of E before step t, as {@link train} does, on an engine that holds the training's state: afterwards
   * the engine holds E as it goes on.
   *
   * @returns how many steps Adam has taken on that E
   */
  judge(engine: Engine, t: number): Promise<number>;
}

/** Builds the neighbour graph (or reads it from the cache) if the recipe has one, and feeds a training from its first step. */
export async function trainingFeed(
  asked: MmganConfig,
  dataset: Dataset,
  options: { threads?: number; signal?: AbortSignal } = {},
): Promise<TrainingFeed> {
  const { threads = 0, signal } = options;
  const graph = asked.walk > 0 ? await buildNeighbourGraph(dataset, { threads, signal }) : undefined;
  const config = graph ? withWalkLength(asked, graph) : asked;
  const otherViews = otherViewsOf(config, dataset, graph);
  return {
    steps: fedSteps(config, dataset, graph),
    async judge(engine, t) {
      await endAttempt(config, dataset, engine, otherViews, t);
      return adamSteps(config, "encoder", t) - 1;
    },
  };
}

async function* fedSteps(
  config: MmganConfig,
  dataset: Dataset,
  graph: Awaited<ReturnType<typeof buildNeighbourGraph>> | undefined,
): AsyncGenerator<FedStep> {
  const { programs, programOf } = trainingPrograms(config, 0);
  const kinds = programs.map(({ batch }) => batch);
  const batches = inlineBatches({ config, dataset, graph, step: 0, cursor: 0, kinds, kindOf: programOf });
  for (let step = 0; step < config.steps; step++) {
    const variant = variantAt(config, step);
    const parts = variant.gan ? PARTS : (["encoder"] as const);
    yield {
      ...{
        step,
        endsStart: attemptEndingAt(config, step) !== undefined,
        variant,
        program: programs[programOf[step]!]!,
      },
      batch: await batches.next(),
      rates: ratesAt(config, parts, step),
    };
  }
}

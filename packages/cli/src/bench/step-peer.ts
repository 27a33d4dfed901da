/** Sets up the peer of `mmgan bench step`: the same nets, weights, batches and rates. */

import { join } from "node:path";
import type { Contender } from "./contender.js";
import { withTemporaryFolder } from "./folder.js";
import { type PeerDevice, writeTensors } from "./peers.js";
import {
  type StepProblem,
  stepBatch,
  stepConfig,
  stepKinds,
  type Trainer,
  weightsOf,
} from "./step-problem.js";

export interface PeerSetup {
  python: string;
  /** `kind` is the step of ours that a variant is; left out where there is but one. */
  variants: { name: string; kind?: string; float32: boolean }[];
}
/** Rates handed over for each kind of step: two that are compared, and what stays after them. */
const RATES = 3;

/** Hands the peer the nets, weights, batches and rates. */
export async function setUpPeer(
  trainer: Trainer,
  problem: StepProblem,
  contender: Contender,
  threads: number,
  device: PeerDevice,
): Promise<PeerSetup> {
  const config = stepConfig(trainer, problem);
  const kinds = stepKinds(trainer, config);
  const programs = kinds.map(({ variant }) => trainer.trainingProgram(config, variant));
  const isBare = problem.recipe === "bare";
  const batches = programs.flatMap((program) =>
    Object.entries(stepBatch(program, config.clusters)).map(([name, tensor]) => {
      const place = isBare ? "batch" : `batch/${program.name}`;
      return [`${place}/${name}`, tensor] as const;
    }),
  );
  return withTemporaryFolder(async (folder) => {
    const tensors = join(folder, "tensors");
    const weights = weightsOf(trainer.initialState(config));
    await writeTensors(tensors, { ...weights, ...Object.fromEntries(batches) });
    const { alpha, beta1, beta2, loss, pairing, information, balance, r1, r1Every, ema } = config;
    const settings = isBare
      ? { rates: trainer.ratesAt(config, trainer.PARTS, 0) }
      : {
          ...{ loss, pairing, information, balance, r1, r1Every, ema },
          kinds: Object.fromEntries(
            kinds.map(({ variant }, i) => {
              const first = variant.gan ? trainer.firstGanStep(config) : 0;
              const parts = variant.gan ? trainer.PARTS : (["encoder"] as const);
              const rates = Array.from({ length: RATES }, (_, t) =>
                trainer.ratesAt(config, parts, first + t),
              );
              const encoderSteps = trainer.adamSteps(config, "encoder", first) - 1;
              return [programs[i]!.name, { kind: variant, rates, encoderSteps }];
            }),
          ),
        };
    return contender.ask<PeerSetup>({
      ...{ do: "setup", plan: trainer.netPlan(config), tensors, threads, device, alpha, beta1, beta2 },
      ...settings,
    });
  });
}

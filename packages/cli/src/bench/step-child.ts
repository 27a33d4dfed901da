/** The process that runs our own training steps for `mmgan bench step`. */

import type { DeviceName, PlainTensor } from "@mmgan/core";
import * as trainer from "@mmgan/trainer";
import { peakBytes, serve, timed } from "./serve.js";
import { type StepProblem, stepBatch, stepConfig, stepKinds } from "./step-problem.js";

const WARM_UP = 5;

interface Setup {
  problem: StepProblem;
  engine: trainer.EngineName;
  threads: number;
  tune: boolean;
  device?: DeviceName;
  without?: readonly string[];
}

let engine: trainer.Engine | undefined;
let config: trainer.MmganConfig;
let t = 0;
let options: Omit<Setup, "problem" | "engine">;
const steps = new Map<string, () => Promise<Record<string, PlainTensor>>>();
const profiles = new Map<string, () => Promise<trainer.OperatorTime[]>>();

await serve({
  async setup(command) {
    const { problem, engine: name, ...rest } = command as unknown as Setup;
    options = rest;
    config = stepConfig(trainer, problem);
    engine = await trainer.createEngine(name, trainer.initialState(config), options);
    const first = trainer.firstGanStep(config);
    for (const { variant } of stepKinds(trainer, config)) {
      const program = trainer.trainingProgram(config, variant);
      const batch = stepBatch(program, config.clusters);
      steps.set(program.name, () => {
        t = Math.min(t + 1, config.steps - 1 - first);
        // E alone counts from step 0, the others from the first step of the GAN.
        const at = variant.gan ? first + t - 1 : t - 1;
        return engine!.run(program, batch, trainer.hyperAt(config, program.hyper, at));
      });
      const hyper = trainer.hyperAt(config, program.hyper, variant.gan ? first : 0);
      profiles.set(program.name, async () =>
        trainer.profileProgram(program, await engine!.state(), batch, hyper, options),
      );
    }
    return { variants: [...steps.keys()] };
  },
  async prepare({ variant }) {
    const step = steps.get(variant as string)!;
    t = 0;
    await engine!.load(trainer.initialState(config));
    const losses: Record<string, number>[] = [];
    for (let i = 0; i < 2; i++) {
      const outputs = await step();
      const found = Object.entries(outputs).filter(([name]) => name.startsWith("loss/"));
      losses.push(Object.fromEntries(found.map(([name, { data }]) => [name.slice(5), Number(data[0])])));
    }
    for (let i = 0; i < WARM_UP; i++) await step();
    return { losses };
  },
  async run({ variant, runs }) {
    return { ms: await timed(steps.get(variant as string)!, runs as number), peakBytes: peakBytes() };
  },
  /** Time by operator, of a session of its own. */
  async profile({ variant }) {
    return { operators: await profiles.get(variant as string)!() };
  },
});
await engine?.dispose();

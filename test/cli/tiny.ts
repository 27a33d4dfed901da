/** The smallest training and bundle that the command makes, for tests that need any. */

import { join } from "node:path";
import { type Finished, mmgan } from "./mmgan.js";

/** Options of a training of digits that takes seconds. */
export const TINY = [
  ...[
    "--data",
    "digits",
    "--clusters",
    "3",
    "--steps",
    "2",
    "--batch",
    "16",
    "--filters",
    "4",
    "--latent",
    "4",
  ],
  ...["--recipe", "paper", "--threads", "1", "--seed", "7"],
];

/** Runs `mmgan` and fails with what it said unless it exits 0. */
export async function mustRun(
  args: readonly string[],
  options?: Parameters<typeof mmgan>[1],
): Promise<Finished> {
  const finished = await mmgan(args, options);
  if (finished.code !== 0)
    throw new Error(`mmgan ${args.join(" ")} exited ${finished.code}:\n${finished.stderr}`);
  return finished;
}

/** Trains and exports into `folder`. */
export async function tinyModel(folder: string): Promise<{ run: string; bundle: string }> {
  const run = join(folder, "run");
  const bundle = join(folder, "bundle");
  await mustRun(["train", ...TINY, "--out", run]);
  await mustRun(["export", run, "--out", bundle]);
  return { run, bundle };
}

/** The command parsed and settled as `mmgan train` does gives the config it was made from. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng } from "@mmgan/node-io";
import * as trainer from "@mmgan/trainer";
import { Command } from "commander";
import { expect, it } from "vitest";
import { registerTrain, settle, type TrainArguments } from "./commands/train.js";
import { trainCommand } from "./train-command.js";

const signal = new AbortController().signal;

/** What `mmgan train` makes of the words of a command line without quotes. */
async function configOf(line: string): Promise<trainer.TrainConfig> {
  const program = new Command("mmgan").exitOverride();
  registerTrain(program);
  let options: TrainArguments | undefined;
  program.commands[0]!.action((given: TrainArguments) => {
    options = given;
  });
  await program.parseAsync(line.split(" ").slice(1), { from: "user" });
  return (await settle(trainer, options!, signal)).config;
}

it.each([
  ["digits as the recipe has them", "--data digits --clusters 10"],
  ["points with the paper's", "--data moons --clusters 2 --recipe paper --seed 11"],
  ["other pictures", "--data digits --clusters 4 --size 28 --channels 3 --split all"],
  [
    "fields with options",
    "--data digits --clusters 5 --batch 32 --latent 8 --loss sgan --pairing off --init same",
  ],
  ["fewer steps, which move others", "--data digits --clusters 10 --steps 300"],
  ["no information term, which moves others", "--data digits --clusters 10 --information 0 --set walk=4"],
  ["a rival", "--model gmvae --data digits --clusters 10 --latent 4 --set draws=3 --set likelihood=gaussian"],
  [
    "a rival by its own recipe",
    "--model clustergan --data moons --clusters 2 --recipe paper --set criticSteps=2",
  ],
  ["a rival with the information term", "--model infogan --data digits --clusters 10 --information 5"],
  [
    "an augmentation",
    "--data digits --clusters 10 --set augmentation.flip=true --set augmentation.shift=0.25",
  ],
])("of %s", async (_, words) => {
  const config = await configOf(`mmgan train ${words} --out a`);
  const command = trainCommand(trainer, config, "RUN");
  expect(command).toMatch(/ --out RUN$/);
  expect(await configOf(command)).toEqual(config);
});

it("says what departs from the recipe, and no more", async () => {
  const config = await configOf("mmgan train --data digits --clusters 10 --steps 2500 --seed 11 --out a");
  expect(trainCommand(trainer, config, "RUN")).toBe(
    `mmgan train --data digits --clusters 10 --recipe default --steps 2500 --seed 11 --out RUN`,
  );
});

it("names the candidates and the first seed of a run that began with a choice", async () => {
  const config = await configOf("mmgan train --data digits --clusters 10 --set starts=1 --seed 12 --out a");
  const request = { candidates: [8, 9, 10, 11], restarts: 3, steps: 200, seed: 11 };
  const choice = { ...request, data: "digits", input: config.input };
  expect(trainCommand(trainer, config, "RUN", choice)).toBe(
    "mmgan train --data digits --clusters 8..11 --restarts 3 --restart-steps 200 --recipe default --seed 11 --out RUN",
  );
  expect(trainCommand(trainer, config, "RUN", { ...choice, candidates: [5, 10] })).toContain(
    "--clusters 5,10 ",
  );
});

it("quotes a folder with a space", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mmgan pictures-"));
  try {
    const picture = { count: 1, height: 8, width: 8, channels: 1, data: new Uint8Array(64) };
    await writeFile(join(folder, "a.png"), await encodePng(picture));
    const options = { data: folder, clusters: 1, out: "a" };
    const { config } = await settle(trainer, options, signal);
    expect(trainCommand(trainer, config, "it's")).toBe(
      `mmgan train --data '${folder}' --clusters 1 --recipe default --size 8 --channels 1 --seed 0 --out 'it'\\''s'`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

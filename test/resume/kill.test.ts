/** kill -9 at random moments: a resumed training ends in the very bytes of an unbroken one. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Rng } from "@mmgan/core";
import { afterAll, beforeAll, expect, it } from "vitest";

const CHILD = fileURLToPath(new URL("./train-child.mjs", import.meta.url));
const KILLS = 20;
const STEPS = 400;
const LAST = `checkpoints/step-00000${STEPS}.safetensors`;
/** Each life takes this many steps at most before it is killed, so that none ends by itself. */
const LIFE = 16;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-kill-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface End {
  code: number | null;
  signal: string | null;
  errors: string;
  /** The last step it told of. */
  step: number;
}

/** Runs the child; kills it `delay` ms after it has taken `life` steps, or never. */
function runChild(
  out: string,
  { life, delay }: { life: number; delay: number } = { life: Infinity, delay: 0 },
): Promise<End> {
  const resume = existsSync(join(out, "config.json")) ? ["--resume"] : [];
  const child = spawn(process.execPath, [CHILD, out, ...resume], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  let first: number | undefined;
  let step = 0;
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  createInterface(child.stdout).on("line", (line) => {
    step = Number(line);
    first ??= step;
    if (step === first + life) setTimeout(() => child.kill("SIGKILL"), delay);
  });
  return new Promise((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, errors, step })),
  );
}

it(`${KILLS} kills, each resumed: weights, metrics and samples as of an unbroken run`, {
  timeout: 600_000,
}, async () => {
  const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
  expect(await runChild(whole)).toMatchObject({ code: 0, errors: "" });

  // Seeded moments: before the first checkpoint, within a step, within a write; in every phase.
  const rng = new Rng({ seed: 20, stream: "kills" });
  const lives = rng.integers(KILLS, LIFE);
  const delays = rng.integers(KILLS, 25);
  const reached: number[] = [];
  for (const [i, life] of lives.entries()) {
    const { signal, errors, step } = await runChild(broken, { life, delay: delays[i]! });
    expect({ signal, errors }, `kill ${i}`).toEqual({ signal: "SIGKILL", errors: "" });
    reached.push(step);
  }
  for (const [from, to] of [
    [0, 40],
    [40, 60],
    [60, STEPS],
  ] as const)
    expect(
      reached.some((step) => step >= from && step < to),
      `${reached}: none in ${from}..${to}`,
    ).toBe(true);
  expect(await runChild(broken)).toMatchObject({ code: 0, errors: "", step: STEPS });

  for (const file of [LAST, `samples/step-00000${STEPS}.png`])
    expect((await readFile(join(broken, file))).equals(await readFile(join(whole, file))), file).toBe(true);
  const steps = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).step);
  const read = (out: string) => readFile(join(out, "metrics.jsonl"), "utf8");
  expect(steps(await read(broken))).toEqual(steps(await read(whole)));
});

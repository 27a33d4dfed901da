/** kill -9 at random moments: a resumed training ends in the very bytes of an unbroken one. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Rng } from "@mmgan/core";
import { afterAll, beforeAll, expect, it } from "vitest";

const CHILD = fileURLToPath(new URL("./train-child.mjs", import.meta.url));
const KILLS = 20;
const LAST = "checkpoints/step-00000240.safetensors";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-kill-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the child; `killAfter` milliseconds after its training has started, or never, kills it. */
function runChild(
  out: string,
  killAfter?: number,
): Promise<{ code: number | null; signal: string | null; errors: string }> {
  const resume = existsSync(join(out, "config.json")) ? ["--resume"] : [];
  const child = spawn(process.execPath, [CHILD, out, ...resume], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  child.stdout.once("data", () => {
    if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
  });
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, errors })));
}

it(`${KILLS} kills, each resumed: weights, metrics and samples as of an unbroken run`, {
  timeout: 600_000,
}, async () => {
  const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
  expect(await runChild(whole)).toMatchObject({ code: 0, errors: "" });

  // Seeded moments: some within a step, some within a checkpoint, some before the first.
  const moments = new Rng({ seed: 20, stream: "kills" }).integers(KILLS, 900);
  let kills = 0;
  for (const moment of moments) {
    const { code, signal, errors } = await runChild(broken, moment);
    if (signal === "SIGKILL") kills++;
    else expect({ code, errors }).toEqual({ code: 0, errors: "" });
  }
  expect(await runChild(broken)).toMatchObject({ code: 0, errors: "" });

  expect(kills).toBeGreaterThanOrEqual(KILLS - 2);
  for (const file of [LAST, "samples/step-00000240.png"])
    expect((await readFile(join(broken, file))).equals(await readFile(join(whole, file))), file).toBe(true);
  const steps = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).step);
  const read = (out: string) => readFile(join(out, "metrics.jsonl"), "utf8");
  expect(steps(await read(broken))).toEqual(steps(await read(whole)));
});

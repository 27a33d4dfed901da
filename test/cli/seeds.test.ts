/** `mmgan train --seeds`: several trainings as one command. */

import { existsSync } from "node:fs";
import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, mmgan, startMmgan, temporaryFolder } from "./mmgan.js";

const DIGITS = "--data digits --clusters 3 --batch 16 --filters 4 --latent 4 --recipe paper".split(" ");
const LAST = "checkpoints/step-00000002.safetensors";

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterAll(() => remove());

const bytes = (...path: string[]) => readFile(join(folder, ...path));

describe("mmgan train --seeds", () => {
  it("gives each seed the run it would have alone, and one JSON document", async () => {
    const out = join(folder, "both");
    const together = ["--out", out, "--seeds", "1,2", "--jobs", "2", "--threads", "1", "--steps", "2"];
    const { code, stdout } = await mmgan(["train", ...DIGITS, ...together, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ out, jobs: 2, threads: 1 },
      runs: [1, 2].map((seed) => ({
        ...{ seed, out: join(out, `seed-${seed}`), status: 0 },
        result: { step: 2, threads: 1 },
      })),
    });
    const alone = ["--out", join(folder, "alone"), "--seed", "2", "--threads", "1", "--steps", "2"];
    expect((await mmgan(["train", ...DIGITS, ...alone])).code).toBe(0);
    expect((await bytes("both", "seed-2", LAST)).equals(await bytes("alone", LAST))).toBe(true);
    expect((await bytes("both", "seed-1", LAST)).equals(await bytes("alone", LAST))).toBe(false);
  });

  it("refuses a folder that is not empty", async () => {
    const end = await mmgan(["train", ...DIGITS, "--out", join(folder, "both"), "--seeds", "1..2"]);
    expect(end.code).toBe(1);
    expect(lastLine(end)).toMatch(/not empty.*--resume.*E_FOLDER_IN_USE/);
  });

  it("a seed that fails is told and does not stop the others; the exit status is its", async () => {
    await appendFile(join(folder, "both", "seed-1", LAST), "x");
    const end = await mmgan(["train", "--resume", "--out", join(folder, "both"), "--json"]);
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/seed 1: .*E_CHECKPOINT/);
    expect(JSON.parse(end.stdout).runs).toMatchObject([
      { seed: 1, status: 1, error: { code: "E_CHECKPOINT" } },
      { seed: 2, status: 0, result: { step: 2 } },
    ]);
  });

  it("Ctrl-C stops all with checkpoints, and --resume goes on with all, also those not begun", async () => {
    const out = join(folder, "stopped");
    const words = ["--out", out, "--seeds", "1..3", "--jobs", "2", "--threads", "1", "--steps", "100000"];
    const running = startMmgan(["train", ...DIGITS, ...words]);
    await running.said("seed 1 at");
    await running.said("seed 2 at");
    running.process.kill("SIGINT");
    const { code, stderr } = await running.finished;
    expect(code).toBe(130);
    for (const seed of [1, 2]) {
      expect(stderr).toContain(`seed ${seed}: mmgan: Stopped after step`);
      expect(await readdir(join(out, `seed-${seed}`))).not.toContain(".lock");
      expect((await readdir(join(out, `seed-${seed}`, "checkpoints"))).length).toBeGreaterThan(0);
    }
    expect(existsSync(join(out, "seed-3"))).toBe(false);

    const again = startMmgan(["train", "--resume", "--out", out, "--jobs", "3"]);
    await again.said("seed 3 at");
    again.process.kill("SIGINT");
    expect((await again.finished).stderr).toContain("seed 3: mmgan: Stopped after step");
  });
});

it("--jobs alone is refused", async () => {
  const end = await mmgan(["train", ...DIGITS, "--out", join(folder, "none"), "--jobs", "2"]);
  expect(lastLine(end)).toMatch(/--seeds, --restarts.* for --jobs.*E_ARGUMENT/);
});

/** From a folder of pictures to clusters by two commands, K chosen on the way. */

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Rng } from "@mmgan/core";
import { encodePng } from "@mmgan/node-io";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, mmgan, startMmgan, temporaryFolder } from "./mmgan.js";
import { mustRun } from "./tiny.js";

const KINDS = 4;
const EACH = 45;
const SIDE = 12;

let folder: string;
let remove: () => Promise<void>;
let pictures: string;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  pictures = join(folder, "my pictures");
  for (let kind = 0; kind < KINDS; kind++) {
    await mkdir(join(pictures, `kind-${kind}`), { recursive: true });
    for (let i = 0; i < EACH; i++)
      await writeFile(join(pictures, `kind-${kind}`, `${i}.png`), await bar(kind, i));
  }
});
afterAll(() => remove());

/** A bright bar whose row tells the kind, in noise, as a grey PNG. */
function bar(kind: number, step: number): Promise<Uint8Array> {
  const noise = new Rng({ seed: kind, stream: "test/pictures", step }).uniform(SIDE * SIDE);
  const data = Uint8Array.from(noise, (u, pixel) => {
    const row = Math.floor(pixel / SIDE);
    return Math.floor(u * 60) + (Math.floor((row * KINDS) / SIDE) === kind ? 180 : 0);
  });
  return encodePng({ count: 1, height: SIDE, width: SIDE, channels: 1, data });
}

/** Seconds, not minutes: few filters, short runs, and a training that only begins. */
const SMALL = [
  ..."--batch 64 --filters 4 --latent 4 --steps 10 --set encoderSteps=4 --set startSteps=3".split(" "),
  ..."--set repairs=1 --set repairSteps=2 --set augmentation.shift=0.02 --set augmentation.rotation=0".split(
    " ",
  ),
  ..."--restarts 2 --restart-steps 30 --threads 1 --seed 3".split(" "),
];
const train = (out: string, ...more: string[]) => [
  ...["train", "--data", pictures, "--clusters", "3..5", "--out", join(folder, out)],
  ...[...SMALL, ...more],
];
const read = (...path: string[]) => readFile(join(folder, ...path));
const LAST = "checkpoints/step-00000010.safetensors";

describe("mmgan train on a folder, with several --clusters", () => {
  it("takes the planted number, says why, draws it, exports, and the model clusters the folder", async () => {
    const model = join(folder, "model");
    const { stdout, stderr } = await mustRun(train("run", "--export", model));
    expect(stdout).toMatch(/^ *K +score +between runs +between views +ARI of runs +best seed/);
    expect(stdout).toMatch(/^ *4 .* taken$/m);
    expect(stdout).toContain("mmgan cluster FOLDER --model");
    expect(stderr).toMatch(/^took 4 clusters, seed [34]: the highest score, \.\d{3}, before [35] /m);
    const record = JSON.parse((await read("run", "clusters.json")).toString());
    expect(record).toMatchObject({
      ...{ schema: "1.0.0", data: { count: KINDS * EACH } },
      request: { candidates: [3, 4, 5], restarts: 2, steps: 30, seed: 3 },
      chosen: { clusters: KINDS },
    });
    // Small grey squares are trained as they are.
    expect(record.request.input).toMatchObject({ height: SIDE, width: SIDE, channels: 1 });
    expect((await read("run", "clusters.svg")).toString()).toContain("4 clusters, the most stable of 3 to 5");
    expect((await read("run", "clusters.png")).subarray(1, 4).toString()).toBe("PNG");
    expect((await read("model", "card.md")).toString()).toContain(
      "--clusters 3..5 --restarts 2 --restart-steps 30",
    );
    const results = join(folder, "results.csv");
    await mustRun(["cluster", pictures, "--model", model, "--out", results]);
    expect((await readFile(results, "utf8")).trim().split("\n")).toHaveLength(1 + KINDS * EACH);
  });

  it("killed within a short run and resumed, by --resume alone, ends in the bytes of an unbroken run", async () => {
    const out = join(folder, "killed");
    // Long enough that the kill comes before the end on a busy machine.
    const steps = ["--restart-steps", "300"];
    await mustRun(train("whole", ...steps));
    const running = startMmgan(train("killed", ...steps));
    await running.said("choosing clusters");
    running.process.kill("SIGKILL");
    await running.finished;
    expect(existsSync(join(out, "config.json"))).toBe(false);
    expect(lastLine(await mmgan(train("killed", ...steps)))).toMatch(
      /already holds a choice.*--resume.*E_FOLDER_IN_USE/,
    );
    const { stdout } = await mustRun([
      "train",
      "--resume",
      "--out",
      out,
      "--threads",
      "1",
      "--jobs",
      "1",
      "--json",
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      step: 10,
      hints: [],
      choice: { chosen: { clusters: KINDS } },
    });
    expect(await read("killed", LAST)).toEqual(await read("whole", LAST));
    // Whole again: nothing is left to do, and the same is said.
    const again = await mustRun(["train", "--resume", "--out", out, "--json"]);
    expect(JSON.parse(again.stdout).choice).toEqual(JSON.parse(stdout).choice);
  });

  it("refuses a resume with other candidates, naming them", async () => {
    const other = ["train", "--resume", "--out", join(folder, "run"), "--clusters", "3..6"];
    expect(lastLine(await mmgan(other))).toMatch(/candidates\.3 \(undefined, now 6\).*E_RESUME/);
  });

  it("gives hints on stderr and in --json", async () => {
    const wide = [...train("wide", "--size", "24", "--json"), "--restart-steps", "1"];
    const { stdout, stderr } = await mustRun(wide);
    expect(stderr).toMatch(/^hint: all pictures are 12x12 pixels and are trained at 24x24.*\(SIZE\)$/m);
    expect(stderr).toMatch(/^hint: 180 images for 5 clusters.*\(FEW_IMAGES\)$/m);
    const codes = JSON.parse(stdout).hints.map(({ code }: { code: string }) => code);
    expect(codes.slice(0, 2)).toEqual(["SIZE", "FEW_IMAGES"]);
  });

  it("chooses the seed alone for one K", async () => {
    const out = join(folder, "one");
    const words = ["train", "--data", pictures, "--clusters", "4", "--out", out, ...SMALL, "--json"];
    const { stdout } = await mustRun(words);
    const { choice } = JSON.parse(stdout);
    expect(choice.candidates).toHaveLength(1);
    expect(choice.chosen).toMatchObject({ clusters: 4, alike: [4] });
    expect(existsSync(join(out, "clusters.svg"))).toBe(false);
  });

  it.each([
    ["5..3", 2, /for --clusters but received 5\.\.3/],
    ["1..3", 2, /from 2 to 1024, for --clusters but received 1\.\.3/],
    ["2..80", 2, /2 to 64 of them/],
    ["3,3", 2, /ascending/],
    ["3..181", 2, /2 to 64 of them/],
    ["10,181", 1, /at most the number of images, 180/],
  ])("refuses --clusters %s", async (clusters, status, message) => {
    const end = await mmgan([
      "train",
      "--data",
      pictures,
      "--clusters",
      clusters,
      "--out",
      join(folder, "no"),
    ]);
    expect(end.code).toBe(status);
    expect(lastLine(end)).toMatch(message);
    expect(existsSync(join(folder, "no"))).toBe(false);
  });
});

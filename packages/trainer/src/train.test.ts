import { rmSync, symlinkSync } from "node:fs";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Settings } from "./config.js";
import { type Dataset, makeMoons } from "./data/index.js";
import { DataOrder } from "./loop/batches.js";
import { checkpointFiles, readCheckpoint, readNewestCheckpoint } from "./loop/checkpoint.js";
import { readMetrics } from "./loop/metrics-log.js";
import { readRun, runFiles } from "./loop/run-folder.js";
import { barImages, smallConfig, withFolder } from "./testing/small.js";
import { type TrainEvent, type TrainOptions, train } from "./train.js";

const dataset = barImages();
const run = (out: string, options: Partial<TrainOptions> = {}, overrides: Partial<Settings> = {}, seed = 5) =>
  train(smallConfig({ steps: 12, ...overrides }, { seed }), {
    dataset,
    out,
    threads: 1,
    checkpointEvery: 3,
    logEvery: 3,
    sampleEvery: 6,
    ...options,
  });
const weights = async (out: string) => (await readNewestCheckpoint(out))!;

describe("train", () => {
  it("fills the run folder: config, metrics, samples, the newest two checkpoints", () =>
    withFolder(async (folder) => {
      const events: TrainEvent[] = [];
      const summary = await run(join(folder, "run"), { onEvent: (e) => events.push(e) });
      const out = join(folder, "run");
      expect((await readRun(out)).config).toEqual(smallConfig({ steps: 12 }));
      const lines = await readMetrics(runFiles(out).metrics);
      expect(lines.map(({ step }) => step)).toEqual([3, 6, 9, 12]);
      expect(Object.keys(lines[3]!).sort()).toEqual(
        [
          ...["step", "seconds", "samplesPerSecond", "effectiveClusters", "confidence", "shares", "warnings"],
          ...["loss/critic", "loss/generator", "loss/crossEntropy", "loss/information", "loss/r1"],
          ...["gradient/critic", "gradient/generator", "gradient/mixture", "gradient/encoder"],
          ...["sigma/min", "sigma/max"],
        ].sort(),
      );
      expect(lines[3]!.samplesPerSecond).toBeGreaterThan(0);
      expect(lines[3]!.effectiveClusters).toBeGreaterThanOrEqual(1);
      expect((lines[3]!.shares as number[]).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
      expect((await readdir(runFiles(out).samples)).sort()).toEqual([
        "step-00000006.png",
        "step-00000012.png",
      ]);
      expect((await checkpointFiles(out)).map((p) => p.slice(-16))).toEqual([
        "0009.safetensors",
        "0012.safetensors",
      ]);
      expect(await readdir(out)).not.toContain(".lock");
      expect(summary).toMatchObject({ out, step: 12 });
      expect(events.filter(({ kind }) => kind === "step")).toHaveLength(12);
    }));

  it("same seed, same bytes; another seed, others", () =>
    withFolder(async (folder) => {
      for (const [name, seed] of [
        ["a", 5],
        ["b", 5],
        ["c", 6],
      ] as const)
        await run(join(folder, name), {}, {}, seed);
      const [a, b, c] = await Promise.all(["a", "b", "c"].map((n) => weights(join(folder, n))));
      expect(a!.state).toEqual(b!.state);
      expect(a!.state).not.toEqual(c!.state);
    }));

  it("stopped by a signal and resumed ends in the bytes of an unbroken run, metrics too", () =>
    withFolder(async (folder) => {
      const [broken, whole] = [join(folder, "broken"), join(folder, "whole")];
      await run(whole);
      const stop = new AbortController();
      const stopped = run(broken, {
        signal: stop.signal,
        onEvent: (e) => e.kind === "step" && e.step === 7 && stop.abort(),
      });
      await expect(stopped).rejects.toMatchObject({
        code: "E_INTERRUPTED",
        message: expect.stringContaining("--resume"),
      });
      expect((await weights(broken)).step).toBe(7);
      await run(broken, { resume: true });
      expect(await weights(broken)).toEqual(await weights(whole));
      expect((await readMetrics(runFiles(broken).metrics)).map(({ step }) => step)).toEqual([3, 6, 9, 12]);
    }));

  it("with starts, repairs and walks: the best attempt goes on, and a stop between any two steps changes nothing", () =>
    withFolder(async (folder) => {
      const starts = { starts: 3, startSteps: 3, encoderSteps: 4, repairs: 2, repairSteps: 2 };
      const overrides = { steps: 18, ...starts, walk: 512, walkSpread: 0.3, walkLate: 2 };
      const whole = join(folder, "whole");
      const events: TrainEvent[] = [];
      await run(whole, { onEvent: (e) => events.push(e) }, overrides);
      const judged = events.flatMap((e) => (e.kind === "judged" ? [e] : []));
      expect(
        judged.map(({ step, attempt: { what, number, of } }) => `${step} ${what} ${number}/${of}`),
      ).toEqual(["3 start 1/3", "6 start 2/3", "9 start 3/3", "11 repair 1/2", "13 repair 2/2"]);
      expect(new Set(judged.map(({ score }) => score)).size).toBe(5);
      expect(events.filter(({ kind }) => kind === "walk")).toHaveLength(1);
      expect(Object.keys((await weights(whole)).state).filter((name) => name.startsWith("best/"))).toEqual(
        [],
      );
      for (const last of [3, 5, 9, 11, 12, 13]) {
        const out = join(folder, `stopped-${last}`);
        const stop = new AbortController();
        await run(
          out,
          { signal: stop.signal, onEvent: (e) => e.kind === "step" && e.step === last && stop.abort() },
          overrides,
        ).catch(() => {});
        expect((await weights(out)).step).toBe(last);
        await run(out, { resume: true }, overrides);
        expect(await weights(out)).toEqual(await weights(whole));
      }
    }));

  it("refuses a folder that holds a run, or something else", () =>
    withFolder(async (folder) => {
      await run(folder);
      await expect(run(folder)).rejects.toMatchObject({
        code: "E_FOLDER_IN_USE",
        message: expect.stringContaining("--resume"),
      });
      await withFolder(async (other) => {
        await writeFile(join(other, "letter.txt"), "dear");
        await expect(run(other)).rejects.toMatchObject({
          code: "E_FOLDER_IN_USE",
          message: expect.stringContaining("not empty"),
        });
        expect(await readFile(join(other, "letter.txt"), "utf8")).toBe("dear");
        expect(await readdir(other)).toEqual(["letter.txt"]);
      });
    }));

  it("refuses a folder another training is using", () =>
    withFolder(async (folder) => {
      let second: Promise<unknown> | undefined;
      await run(folder, {
        onEvent: (e) => {
          if (e.kind === "step" && e.step === 2) {
            second = run(folder, { resume: true });
            second.catch(() => {});
          }
        },
      });
      await expect(second).rejects.toMatchObject({ code: "E_FOLDER_IN_USE" });
    }));

  it("--resume with another config names the fields that differ", () =>
    withFolder(async (folder) => {
      await run(folder);
      await expect(run(folder, { resume: true }, { alpha: 2, loss: "rsgan" })).rejects.toMatchObject({
        code: "E_RESUME",
        message: expect.stringMatching(
          /loss \("crasgan", now "rsgan"\); alpha \(1, now 2\)|alpha \(1, now 2\); loss/,
        ),
      });
    }));

  it("--resume with other data says so", () =>
    withFolder(async (folder) => {
      await run(folder);
      const one = barImages();
      one.pixels![7]! += 1;
      await expect(run(folder, { resume: true, dataset: one })).rejects.toMatchObject({
        code: "E_RESUME",
        message: expect.stringContaining("samples.sha256"),
      });
      await expect(run(folder, { resume: true, dataset: barImages(61) })).rejects.toThrow(
        /samples\.count \(60, now 61\)/,
      );
    }));

  it("a damaged config.json is named with what is wrong", () =>
    withFolder(async (folder) => {
      await run(folder);
      const path = runFiles(folder).config;
      const whole = JSON.parse(await readFile(path, "utf8"));
      const damaged: [string, RegExp][] = [
        ["{", /JSON/],
        ["{}", /version/],
        [JSON.stringify({ ...whole, config: { ...whole.config, alpha: -1 } }), /alpha but received -1/],
      ];
      for (const [text, wrong] of damaged) {
        await writeFile(path, text);
        await expect(readRun(folder)).rejects.toMatchObject({
          code: "E_CHECKPOINT",
          message: expect.stringMatching(wrong),
        });
        await expect(run(folder, { resume: true })).rejects.toThrow(path);
      }
    }));

  it("a checkpoint of another network is refused, and so is one with a byte of its header changed", () =>
    withFolder(async (folder) => {
      await run(folder);
      const other = smallConfig({ steps: 12, filters: 5 });
      await expect(readNewestCheckpoint(folder, other)).rejects.toMatchObject({
        code: "E_CHECKPOINT",
        message: expect.stringMatching(/for tensor encoder\/conv0\/kernel of .* but received 3x3x1x4/),
      });
      const path = (await checkpointFiles(folder)).at(-1)!;
      const bytes = await readFile(path);
      const at = bytes.indexOf('"cursor":"') + '"cursor":"'.length;
      bytes[at] = bytes[at] === 0x39 ? 0x38 : bytes[at]! + 1;
      await writeFile(path, bytes);
      await expect(readCheckpoint(path)).rejects.toThrow(/SHA-256/);
    }));

  it.runIf(process.platform === "linux")(
    "a full disk ends the training with its code; the last checkpoint stays",
    () =>
      withFolder(async (folder) => {
        const fill = (e: TrainEvent) => {
          if (e.kind !== "checkpoint" || e.step !== 6) return;
          rmSync(runFiles(folder).metrics);
          symlinkSync("/dev/full", runFiles(folder).metrics);
        };
        await expect(run(folder, { onEvent: fill })).rejects.toMatchObject({
          code: "E_DISK_FULL",
          message: expect.stringContaining("metrics.jsonl"),
        });
        expect((await weights(folder)).step).toBe(6);
      }),
  );

  it("a damaged checkpoint is named with the check that failed", () =>
    withFolder(async (folder) => {
      await run(folder);
      const path = (await checkpointFiles(folder)).at(-1)!;
      const bytes = await readFile(path);
      const damaged: [RegExp, () => Promise<void>][] = [
        [/SHA-256/, () => writeFile(path, Buffer.concat([bytes.subarray(0, -4), Buffer.from([1, 2, 3, 4])]))],
        [/cut off/, () => truncate(path, bytes.length - 10)],
        [/ends within its header/, () => truncate(path, 100)],
        [/shorter than its length/, () => truncate(path, 3)],
        [
          /header is not that of a checkpoint/,
          () => writeFile(path, Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]), Buffer.from("oops")])),
        ],
      ];
      for (const [check, damage] of damaged) {
        await damage();
        await expect(readCheckpoint(path)).rejects.toMatchObject({
          code: "E_CHECKPOINT",
          message: expect.stringMatching(check),
        });
        await expect(run(folder, { resume: true })).rejects.toThrow(path);
      }
    }));

  it("NaN stops the training, names the loss and keeps the last good checkpoint", () =>
    withFolder(async (folder) => {
      const points = makeMoons({ count: 40 }).points;
      const moons: Dataset = {
        name: "p",
        kind: "point",
        split: "train",
        count: 40,
        dim: 2,
        points,
        fit: "stretch",
      };
      const config = smallConfig({ batch: 4, ganBatch: 4 }, { dataset: moons });
      // The first point that step 3 reads: steps 1 and 2 leave a good checkpoint each.
      points[new DataOrder(config.seed, 40).take(2 * 4, 1)[0]! * 2] = Number.NaN;
      const failing = train(config, { dataset: moons, out: folder, threads: 1, checkpointEvery: 1 });
      await expect(failing).rejects.toMatchObject({
        code: "E_DIVERGED",
        message: expect.stringMatching(
          /(loss|gradient)\/\w+ is NaN at step 3.*Checkpoints of earlier steps are kept/,
        ),
      });
      const { state, step } = await weights(folder);
      expect(step).toBe(2);
      for (const [name, { data }] of Object.entries(state))
        expect((data as Float32Array).every(Number.isFinite), name).toBe(true);
    }));

  it("reports collapse while it happens, once a kind", () =>
    withFolder(async (folder) => {
      const events: TrainEvent[] = [];
      await run(folder, { onEvent: (e) => events.push(e) }, { steps: 24, sigma: 0.1, encoderSteps: 0 });
      const told = events.filter((e) => e.kind === "warning").map((e) => e.warning.code);
      expect(told.filter((code) => code === "SIGMA_AT_FLOOR")).toHaveLength(1);
    }));
});

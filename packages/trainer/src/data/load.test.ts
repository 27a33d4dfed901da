import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { ArgumentError, DataCorruptError, InterruptedError, UnknownNameError } from "@mmgan/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DATASETS, type DatasetName } from "./catalogue.js";
import type { Dataset, LoadOptions } from "./dataset.js";
import { loadDataset } from "./load.js";
import { findFiles } from "./locate.js";
import { describeWithData } from "./testing.js";

function histogram({ labels, classNames }: Dataset): number[] {
  const counts = new Array<number>(classNames!.length).fill(0);
  for (const label of labels!) counts[label]! += 1;
  return counts;
}

function mean(values: Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

test.each([
  ["minst", "Did you mean mnist?"],
  ["fashion", "Did you mean fashion-mnist?"],
  ["MNIST", "Did you mean mnist?"],
  ["coil20", "Did you mean coil-20?"],
])("%s is no data set, and the nearest is offered", async (name, hint) => {
  const error = await loadDataset(name).catch((cause) => cause);
  expect(error).toBeInstanceOf(UnknownNameError);
  expect(error.code).toBe("E_UNKNOWN_NAME");
  expect(error.message).toContain("Expected one of moons, digits, mnist, fashion-mnist, coil-20 for data");
  expect(error.message).toContain(`but received ${name}.`);
  expect(error.message).toContain(hint);
});

test("a path that is not there is no misspelt name", async () => {
  await expect(loadDataset("./no-such-folder")).rejects.toThrow(
    new ArgumentError(
      "Expected a folder of images but received ./no-such-folder: it does not exist. Give the path of a folder.",
    ),
  );
});

test.each<[LoadOptions, string]>([
  [{ size: 0 }, "Expected an integer from 1 to 1024 for size but received 0."],
  [{ size: 7.5 }, "Expected an integer from 1 to 1024 for size but received 7.5."],
  [{ size: 1025 }, "Expected an integer from 1 to 1024 for size but received 1025."],
  [{ channels: 2 }, "Expected 1 (grey) or 3 (RGB) for channels but received 2."],
])("digits refuse %j", async (options, message) => {
  await expect(loadDataset("digits", options)).rejects.toThrow(new ArgumentError(message));
});

test.each([
  [{ split: "tset" }, "Expected one of train, test, all for split but received tset. Did you mean test?"],
  [{ fit: "stretched" }, "Expected one of contain, cover, stretch for fit but received stretched."],
])("digits refuse %j", async (options, message) => {
  const error = await loadDataset("digits", options as LoadOptions).catch((cause) => cause);
  expect(error).toBeInstanceOf(UnknownNameError);
  expect(error.message).toContain(message);
});

test("nothing is loaded after an abort", async () => {
  await expect(loadDataset("digits", { signal: AbortSignal.abort() })).rejects.toThrow(
    new InterruptedError("Stopped on request while loading digits."),
  );
});

test("digits can be had larger and in three equal channels", async () => {
  const native = await loadDataset("digits", { split: "test" });
  const seen: number[] = [];
  const larger = await loadDataset("digits", {
    split: "test",
    size: 16,
    channels: 3,
    onProgress: ({ done }) => void seen.push(done),
  });
  expect(larger.image).toEqual({ height: 16, width: 16, channels: 3 });
  expect(larger.pixels!.length).toBe(359 * 16 * 16 * 3);
  expect(seen).toEqual([64, 128, 192, 256, 320, 359]);
  const pixels = larger.pixels!;
  for (let at = 0; at < pixels.length; at += 3)
    if (pixels[at] !== pixels[at + 1] || pixels[at] !== pixels[at + 2]) expect.fail(`colour at ${at}`);
  // Lanczos keeps the mean but for clipping at 0 and 255.
  expect(Math.abs(mean(pixels) - mean(native.pixels!))).toBeLessThan(3);
});

describeWithData("mnist", "MNIST", () => {
  test("training images and labels are the published ones", async () => {
    const train = await loadDataset("mnist", { labels: true });
    expect(train).toMatchObject({ count: 60000, image: { height: 28, width: 28, channels: 1 } });
    expect(train.pixels!.length).toBe(60000 * 28 * 28);
    expect(histogram(train)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(mean(train.pixels!)).toBeCloseTo(33.3184, 4);
  });

  test("test images and labels are the published ones", async () => {
    const held = await loadDataset("mnist", { split: "test", labels: true });
    expect(histogram(held)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(mean(held.pixels!)).toBeCloseTo(33.7912, 4);
  });

  test("all is train, then test; without labels asked for there are none", async () => {
    const all = await loadDataset("mnist", { split: "all" });
    expect(all.count).toBe(70000);
    expect(mean(all.pixels!.subarray(60000 * 784))).toBeCloseTo(33.7912, 4);
    expect(mean(all.pixels!)).toBeCloseTo((6 * 33.3184 + 33.7912) / 7, 3);
    expect([all.labels, all.classNames]).toEqual([undefined, undefined]);
  });

  damaged("mnist");
});

describeWithData("fashion-mnist", "Fashion-MNIST", () => {
  test("images and labels are the published ones, balanced", async () => {
    const train = await loadDataset("fashion-mnist", { labels: true });
    const held = await loadDataset("fashion-mnist", { split: "test", labels: true });
    expect(histogram(train)).toEqual(new Array(10).fill(6000));
    expect(histogram(held)).toEqual(new Array(10).fill(1000));
    expect(mean(train.pixels!)).toBeCloseTo(72.9404, 4);
    expect(mean(held.pixels!)).toBeCloseTo(73.1466, 4);
    expect(train.classNames![9]).toBe("Ankle boot");
  });
});

/** The ways in which a file at hand can be wrong, each told by file and check. */
function damaged(name: DatasetName): void {
  let dataDir: string;
  let packed: string;
  let bytes: Buffer;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "mmgan-load-"));
    await mkdir(join(dataDir, name));
    const file = DATASETS[name].files.find((candidate) => candidate.name.startsWith("t10k-images"))!;
    const found = await findFiles(DATASETS[name], [file]);
    packed = join(dataDir, name, file.name);
    await cp(found!.paths[0]!, packed);
    bytes = await readFile(packed);
    if (bytes[0] !== 0x1f) bytes = gzipSync(bytes);
  });
  afterAll(() => rm(dataDir, { recursive: true }));

  const load = () => loadDataset(name, { dataDir, split: "test" });

  test("a file compressed anew has the same content, and is taken", async () => {
    await writeFile(packed, gzipSync(gunzipSync(bytes), { level: 1 }));
    expect((await load()).count).toBe(10000);
  });

  test.each<[string, string, (whole: Buffer) => Uint8Array]>([
    ["cut short", "gzip", (whole) => whole.subarray(0, 100_000)],
    ["cut short inside the gzip", "size", (whole) => gzipSync(gunzipSync(whole).subarray(0, 1_000_000))],
    ["a page of a web server", "magic", () => new TextEncoder().encode("<!DOCTYPE html><title>404</title>")],
    [
      "one pixel off",
      "SHA-256",
      (whole) => {
        const content = gunzipSync(whole);
        content[5000]! ^= 1;
        return gzipSync(content, { level: 1 });
      },
    ],
  ])("a file that is %s fails the %s check", async (_, check, damage) => {
    await writeFile(packed, damage(bytes));
    const error = await load().catch((cause) => cause);
    expect(error).toBeInstanceOf(DataCorruptError);
    expect(error.message.startsWith(`${packed} fails the ${check} check: `)).toBe(true);
    expect(error.message.endsWith(`. Delete it and run "mmgan data fetch ${name}".`)).toBe(true);
  });
}

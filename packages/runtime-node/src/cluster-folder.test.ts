import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ArgumentError,
  EmptyFolderError,
  type ImageBatch,
  InterruptedError,
  type Model,
  Rng,
} from "@mmgan/core";
import { decodeImage, encodePng, writePng } from "@mmgan/node-io";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClusterFolderOptions, clusterFolder, type FolderRow } from "./cluster-folder.js";
import { loadModel } from "./load-model.js";
import { TestFolders } from "./testing/bundle-folder.js";
import { TINY_POINT, tinyBundle } from "./testing/tiny-bundle.js";

const folders = new TestFolders();
let model: Model;
beforeAll(async () => {
  model = await loadModel(await folders.bundle((await tinyBundle()).files), { threads: 1 });
});
afterAll(async () => {
  await model.dispose();
  await folders.remove();
});

const picture = (i: number): ImageBatch => ({
  count: 1,
  height: 4,
  width: 4,
  channels: 1,
  data: Uint8Array.from(new Rng({ seed: i, stream: "test folder" }).integers(16, 256)),
});
const rowsOf = async (
  source: string | string[],
  options: Partial<ClusterFolderOptions> = {},
): Promise<FolderRow[]> => {
  const rows: FolderRow[] = [];
  for await (const row of clusterFolder(source, { model, ...options })) rows.push(row);
  return rows;
};

describe("a folder of 1,000 pictures, 10 of them bad", () => {
  let folder: string;
  const bad = new Map<number, string>();
  beforeAll(async () => {
    folder = await folders.make();
    await mkdir(join(folder, "sub"));
    const png = await encodePng(picture(0));
    for (let i = 0; i < 1000; i++) {
      const path = join(folder, i < 900 ? `${i}.png` : `sub/${i}.png`);
      if (i % 100 !== 37) await writePng(path, picture(i));
      else {
        const kind = (i - 37) / 100;
        bad.set(i, path);
        // Empty, text, truncated, in turn.
        await writeFile(
          path,
          [new Uint8Array(0), "not a picture", png.subarray(0, png.length - 20)][kind % 3]!,
        );
      }
    }
  });

  test("990 rows and 10 errors with reasons, in natural order, each row as the picture alone", async () => {
    const rows = await rowsOf(folder);
    expect(rows.map(({ path }) => path)).toEqual(
      Array.from({ length: 1000 }, (_, i) => (i < 900 ? `${i}.png` : `sub/${i}.png`)),
    );
    const errors = rows.flatMap((row, i) => ("error" in row ? [{ i, ...row.error }] : []));
    expect(errors.map(({ i }) => i)).toEqual([...bad.keys()]);
    expect(errors.slice(0, 3).map(({ code, reason }) => [code, reason])).toEqual([
      ["E_IMAGE_EMPTY", "it is empty (0 bytes)"],
      ["E_IMAGE_FORMAT", "it is not a picture of a supported format"],
      ["E_IMAGE_CORRUPT", "it is truncated or damaged"],
    ]);
    for (const i of [0, 36, 38, 63, 64, 500, 999]) {
      const row = rows[i]!;
      if ("error" in row) throw new Error(row.error.reason);
      const { clusters, probabilities } = await model.cluster(picture(i));
      expect(row.cluster).toBe(clusters[0]);
      expect(Math.abs(row.probability - probabilities[clusters[0]!]!)).toBeLessThan(1e-5);
    }
  });

  test("the batch changes nothing but the memory: 7 at a time, also where a whole batch is bad", async () => {
    const some = Array.from({ length: 40 }, (_, i) => join(folder, `${i}.png`));
    const wanted = await rowsOf(some, { batch: 64 });
    for (const batch of [1, 7]) {
      const rows = await rowsOf(some, { batch });
      expect(rows.map(({ path }) => path)).toEqual(some);
      expect(rows.map((row) => ("error" in row ? "error" : row.cluster))).toEqual(
        wanted.map((row) => ("error" in row ? "error" : row.cluster)),
      );
    }
    expect(wanted.filter((row) => "error" in row)).toHaveLength(1);
  });

  test("sub-folders can be left out", async () => {
    expect(await rowsOf(folder, { recursive: false })).toHaveLength(900);
  });

  test("no more than two batches are decoded ahead of the reader", async () => {
    let clustered = 0;
    const counting = {
      manifest: model.manifest,
      cluster: (images: ImageBatch) => {
        clustered += images.count;
        return model.cluster(images);
      },
    } as Model;
    for await (const _ of clusterFolder(folder, { model: counting, batch: 8 })) break;
    expect(clustered).toBe(8);
  });

  test("an aborted signal stops between batches", async () => {
    const controller = new AbortController();
    const rows: FolderRow[] = [];
    const reading = (async () => {
      for await (const row of clusterFolder(folder, { model, batch: 8, signal: controller.signal })) {
        rows.push(row);
        if (rows.length === 20) controller.abort();
      }
    })();
    await expect(reading).rejects.toThrow(InterruptedError);
    expect(rows).toHaveLength(24);
  });
});

test("pictures of any size, format or orientation go through the one decoder", async () => {
  const folder = await folders.make();
  const big = { count: 1, height: 20, width: 12, channels: 3, data: new Uint8Array(720).fill(90) };
  await writePng(join(folder, "big.png"), big);
  await copyFile(join(folder, "big.png"), join(folder, "big copy.PNG"));
  const rows = await rowsOf(folder);
  expect(rows.map(({ path }) => path)).toEqual(["big copy.PNG", "big.png"]);
  const data = await decodeImage(join(folder, "big.png"), { ...(model.manifest.input as never as Decode) });
  const { clusters, probabilities } = await model.cluster({ ...picture(0), data });
  for (const row of rows)
    expect(row).toMatchObject({ cluster: clusters[0], probability: probabilities[clusters[0]!] });
});
type Decode = { height: number; width: number; channels: 1; fit: "contain" };

test("paths that are not there are rows too; no paths, no rows", async () => {
  expect(await rowsOf([])).toEqual([]);
  expect(await rowsOf(["nowhere.png"])).toEqual([
    {
      path: "nowhere.png",
      error: { code: "E_FILE_MISSING", reason: "the file does not exist" },
      ...{ bytes: null, mtimeMs: null },
    },
  ]);
});

test("an empty folder, no folder, a bad batch and a model of points are refused", async () => {
  const folder = await folders.make();
  const empty = await rowsOf(folder).catch((e) => e);
  expect(empty).toBeInstanceOf(EmptyFolderError);
  expect(empty.message).toContain(`for ${folder} but found none`);
  await expect(rowsOf(join(folder, "none"))).rejects.toThrow(ArgumentError);
  for (const batch of [0, 1.5, 4097])
    await expect(rowsOf(folder, { batch })).rejects.toThrow("an integer from 1 to 4096 for batch");
  const points = await loadModel(await folders.bundle((await tinyBundle({ input: TINY_POINT })).files));
  await expect(rowsOf(folder, { model: points })).rejects.toThrow("clusters points of 3 coordinates");
  await points.dispose();
});

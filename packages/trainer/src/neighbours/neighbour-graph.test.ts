import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@mmgan/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Dataset } from "../data/dataset.js";
import { loadDataset } from "../data/load.js";
import { buildNeighbourGraph, mutualGraph, type NeighbourGraph } from "./neighbour-graph.js";

function points(dim: number, numbers: ArrayLike<number>): Dataset {
  const data = Float32Array.from(numbers);
  return {
    name: "points",
    kind: "point",
    split: "train",
    count: data.length / dim,
    dim,
    points: data,
    fit: "contain",
  };
}

function pictures(count: number, side: number, seed = 0): Dataset {
  const pixels = Uint8Array.from(new Rng({ seed, stream: "pictures" }).integers(count * side * side, 256));
  const image = { height: side, width: side, channels: 1 } as const;
  return { name: "pictures", kind: "image", split: "train", count, image, pixels, fit: "contain" };
}

const lists = ({ count, offsets, targets }: NeighbourGraph) =>
  Array.from({ length: count }, (_, node) => [...targets.subarray(offsets[node]!, offsets[node + 1]!)]);

describe("edges", () => {
  test("are mutual; a point that nobody names gets its nearest", async () => {
    // At 0, 1, 2.5, 10. Two nearest: 0: {1, 2}; 1: {0, 2}; 2: {1, 0}; 3: {2, 1}, which name it not.
    const graph = await buildNeighbourGraph(points(1, [0, 1, 2.5, 10]), { neighbours: 2 });
    expect(lists(graph)).toEqual([[1, 2], [0, 2], [0, 1], [2]]);
  });

  test("with one neighbour each on a line", async () => {
    // At 0, 3, 5, 6: nearest 1, 2, 3, 2. Only 2 and 3 name each other.
    const graph = await buildNeighbourGraph(points(1, [0, 3, 5, 6]), { neighbours: 1 });
    expect(lists(graph)).toEqual([[1], [2], [3], [2]]);
  });

  test("of a node are ascending", () => {
    // Node 0 names 3, 1, 2 in this order, and all name it.
    const graph = mutualGraph(Int32Array.of(3, 1, 2, 0, 2, 3, 0, 1, 3, 0, 1, 2), 4, 3);
    expect(lists(graph)).toEqual([
      [1, 2, 3],
      [0, 2, 3],
      [0, 1, 3],
      [0, 1, 2],
    ]);
  });

  test("of few samples: none, and everyone", async () => {
    expect(lists(await buildNeighbourGraph(points(2, [])))).toEqual([]);
    expect(lists(await buildNeighbourGraph(points(2, [1, 2])))).toEqual([[]]);
    expect(lists(await buildNeighbourGraph(points(1, [4, 9, 1])))).toEqual([
      [1, 2],
      [0, 2],
      [0, 1],
    ]);
  });

  test("follow pixels, also through principal components", async () => {
    // 40 pictures of 8x8 in pairs that differ by one grey level in one pixel: each one's other is its nearest.
    const dataset = pictures(40, 8);
    const pixels = dataset.pixels!;
    for (let pair = 0; pair < 20; pair++) {
      pixels.copyWithin((2 * pair + 1) * 64, 2 * pair * 64, (2 * pair + 1) * 64);
      pixels[(2 * pair + 1) * 64 + pair]! ^= 1;
    }
    const others = Array.from({ length: 40 }, (_, node) => [node ^ 1]);
    for (const components of [8, 48, 64])
      expect(lists(await buildNeighbourGraph(dataset, { neighbours: 1, components }))).toEqual(others);
  });

  test("of the digits join the same digit, all but a few", async () => {
    const dataset = await loadDataset("digits", { split: "all", labels: true });
    const graph = await buildNeighbourGraph(dataset);
    const labels = dataset.labels!;
    const same = lists(graph).flatMap((list, node) => list.map((other) => labels[node] === labels[other]));
    expect(graph.targets.length).toBeGreaterThan(2 * dataset.count);
    expect(same.filter(Boolean).length / same.length).toBeGreaterThan(0.97);
    expect(await buildNeighbourGraph(dataset)).toEqual(graph);
  });
});

describe("buildNeighbourGraph", () => {
  test("reports work that grows to its total", async () => {
    const seen: number[] = [];
    await buildNeighbourGraph(pictures(1200, 8), {
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)).toBe(1);
  });

  test("stops when asked, at the start and on the way", async () => {
    const dataset = pictures(1200, 8);
    const stopped = expect.objectContaining({ code: "E_INTERRUPTED" });
    await expect(buildNeighbourGraph(dataset, { signal: AbortSignal.abort() })).rejects.toThrow(stopped);
    for (const share of [0.05, 0.5]) {
      const control = new AbortController();
      const onProgress = ({ done, total }: { done: number; total: number }) => {
        if (done / total > share) control.abort();
      };
      await expect(buildNeighbourGraph(dataset, { signal: control.signal, onProgress })).rejects.toThrow(
        stopped,
      );
    }
  });

  test.each([
    [{ neighbours: 0 }, "neighbours"],
    [{ components: 2.5 }, "components"],
  ])("refuses %o", async (options, name) => {
    await expect(buildNeighbourGraph(points(1, [0, 1]), options)).rejects.toThrow(
      expect.objectContaining({
        code: "E_ARGUMENT",
        message: expect.stringContaining(`Expected an integer of at least 1 for ${name}`),
      }),
    );
  });

  test("names the first row that is not finite", async () => {
    const numbers = normalWith(100, 60, 3 * 60 + 1, Number.POSITIVE_INFINITY);
    await expect(buildNeighbourGraph(points(60, numbers))).rejects.toThrow(
      expect.objectContaining({ code: "E_ARGUMENT", message: expect.stringContaining("row 3 of the data") }),
    );
  });
});

function normalWith(count: number, dim: number, at: number, value: number): Float32Array {
  const numbers = new Rng({ seed: 9, stream: "rows" }).normal(count * dim);
  numbers[at] = value;
  return numbers;
}

describe("the cache", () => {
  let cacheFolder: string;
  beforeEach(async () => {
    cacheFolder = await mkdtemp(join(tmpdir(), "mmgan-neighbours-"));
  });
  afterEach(() => rm(cacheFolder, { recursive: true, force: true }));

  const dataset = pictures(5001, 2);
  const options = { neighbours: 1, threads: 1 };
  /** Builds, and tells whether the graph came from the cache. */
  async function build(data = dataset, more = {}) {
    const onProgress = vi.fn();
    const graph = await buildNeighbourGraph(data, { ...options, cacheFolder, onProgress, ...more });
    return { graph, hit: onProgress.mock.calls.length === 1 };
  }

  test("gives the same graph the second time, and another one for other data or options", async () => {
    const first = await build();
    expect(first.hit).toBe(false);
    const second = await build();
    expect(second).toEqual({ graph: first.graph, hit: true });
    expect(await readdir(cacheFolder)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.bin$/)]);

    expect((await build(dataset, { neighbours: 2 })).hit).toBe(false);
    expect((await build(dataset, { components: 3 })).hit).toBe(false);
    const pixels = dataset.pixels!.slice();
    pixels[pixels.length - 1]! ^= 1;
    expect((await build({ ...dataset, pixels })).hit).toBe(false);
    expect(await readdir(cacheFolder)).toHaveLength(4);
  });

  test("ignores and replaces files that are damaged, cut or another graph's", async () => {
    const { graph } = await build();
    const [name] = await readdir(cacheFolder);
    const path = join(cacheFolder, name!);
    const good = await readFile(path);
    await build(pictures(5001, 2, 1));
    const [otherName] = (await readdir(cacheFolder)).filter((file) => file !== name);
    const other = await readFile(join(cacheFolder, otherName!));
    const flipped = Uint8Array.from(good);
    flipped[good.length >> 1]! ^= 1;
    const bad = [
      flipped,
      good.subarray(0, -4),
      good.subarray(0, 10),
      Buffer.alloc(0),
      Buffer.alloc(200),
      other,
    ];
    for (const bytes of bad) {
      await writeFile(path, bytes);
      expect(await build()).toEqual({ graph, hit: false });
      expect((await readFile(path)).equals(good)).toBe(true);
    }
  });

  test("is left out where it cannot be written, and for 5,000 samples or fewer", async () => {
    const blocked = join(cacheFolder, "file");
    await writeFile(blocked, "");
    const { graph, hit } = await build(dataset, { cacheFolder: join(blocked, "neighbours") });
    expect([hit, graph.count]).toEqual([false, 5001]);
    await build({ ...dataset, count: 5000, pixels: dataset.pixels!.subarray(0, 5000 * 4) });
    expect(await readdir(cacheFolder)).toEqual(["file"]);
  });
});

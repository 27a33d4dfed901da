import { Rng } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { smallConfig } from "../testing/small.js";
import type { NeighbourGraph } from "./neighbour-graph.js";
import { walk } from "./walk.js";
import { walkSpreads, withWalkLength } from "./walk-length.js";

/** `parts` complete graphs of `size` nodes each. */
function cliques(parts: number, size: number): NeighbourGraph {
  const count = parts * size;
  const targets = Int32Array.from({ length: count * (size - 1) }, (_, edge) => {
    const node = Math.floor(edge / (size - 1));
    const first = node - (node % size);
    const other = first + (edge % (size - 1));
    return other >= node ? other + 1 : other;
  });
  const offsets = Int32Array.from({ length: count + 1 }, (_, node) => node * (size - 1));
  return { count, offsets, targets };
}

/** A ring of `count` nodes. */
function ring(count: number): NeighbourGraph {
  const offsets = Int32Array.from({ length: count + 1 }, (_, node) => 2 * node);
  const targets = Int32Array.from({ length: 2 * count }, (_, edge) => {
    const node = edge >> 1;
    return (node + (edge % 2 === 0 ? count - 1 : 1)) % count;
  });
  return { count, offsets, targets };
}

describe("walkSpreads", () => {
  it("is exp(entropy) of the end: on a ring, H = 1: half stay, a quarter go either way", () => {
    const [one, two] = walkSpreads(ring(50), 2, 1);
    expect(one).toEqual({
      length: 1,
      spread: expect.closeTo(Math.exp(0.5 * Math.log(2) + 0.5 * Math.log(4)), 10),
    });
    // H = 2: lengths 0, 1, 2 with a third each; after 2 steps half are back, a quarter is two away on each side.
    const ends = [(1 + 0.5) / 3, 0.5 / 3, 0.5 / 3, 0.25 / 3, 0.25 / 3];
    const entropy = ends.reduce((sum, p) => sum - p * Math.log(p), 0);
    expect(two!.spread).toBeCloseTo(Math.exp(entropy), 10);
  });
  it("comes to the size of the part that holds the node, whatever the walk", () => {
    const spreads = walkSpreads(cliques(6, 10), 256, 1);
    expect(spreads.map(({ length }) => length)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
    expect(spreads.at(-1)!.spread).toBeGreaterThan(9.9);
    expect(spreads.at(-1)!.spread).toBeLessThanOrEqual(10);
  });
  it("is 1 where nodes have no neighbours", () => {
    const alone = { count: 5, offsets: new Int32Array(6), targets: new Int32Array(0) };
    expect(walkSpreads(alone, 4, 1).map(({ spread }) => spread)).toEqual([1, 1, 1]);
  });
  it("agrees with walks as they are taken", () => {
    const graph = ring(40);
    const many = walk(graph, new Int32Array(40_000), 8, new Rng({ seed: 3, stream: "test" }));
    const counts = new Map<number, number>();
    for (const end of many) counts.set(end, (counts.get(end) ?? 0) + 1);
    const entropy = [...counts.values()].reduce((sum, n) => sum - (n / 40_000) * Math.log(n / 40_000), 0);
    const exact = walkSpreads(graph, 8, 1).at(-1)!.spread;
    expect(Math.abs(Math.exp(entropy) - exact) / exact).toBeLessThan(0.01);
  });
});

describe("withWalkLength", () => {
  const config = (walkSpread: number, walk = 512) => smallConfig({ walk, walkSpread, walkLate: 4 });
  // 3 clusters of 60 nodes: n / K = 20. On a ring the spread grows like the root of the length.
  const graph = ring(60);
  it("takes the longest power of two whose spread is within the share of n / K", () => {
    const spreads = walkSpreads(graph, 512, 5);
    const chosen = withWalkLength(config(0.5), graph).walk;
    const at = spreads.findIndex(({ length }) => length === chosen);
    expect(spreads[at]!.spread).toBeLessThanOrEqual(10);
    expect(spreads[at + 1]!.spread).toBeGreaterThan(10);
  });
  it("never longer than asked, never shorter than 1", () => {
    expect(withWalkLength(config(100, 64), graph).walk).toBe(64);
    expect(withWalkLength(config(0.01), graph).walk).toBe(1);
  });
  it("leaves a config without the rule alone", () => {
    const asked = config(0, 77);
    expect(withWalkLength(asked, graph)).toBe(asked);
  });
});

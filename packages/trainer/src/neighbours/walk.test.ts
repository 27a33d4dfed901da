import { Rng } from "@mmgan/core";
import { describe, expect, test } from "vitest";
import type { NeighbourGraph } from "./neighbour-graph.js";
import { walk } from "./walk.js";

/** A graph from the neighbours of each node. */
function graphOf(...neighbours: number[][]): NeighbourGraph {
  const offsets = new Int32Array(neighbours.length + 1);
  neighbours.forEach((list, node) => {
    offsets[node + 1] = offsets[node]! + list.length;
  });
  return { count: neighbours.length, offsets, targets: Int32Array.from(neighbours.flat()) };
}

const rng = (step = 0) => new Rng({ seed: 4, stream: "walk", step });
/** A triangle 0, 1, 2 with 3 hanging on 2; a pair 4, 5; 6 on its own. */
const graph = graphOf([1, 2], [0, 2], [0, 1, 3], [2], [5], [4], []);

describe("walk", () => {
  test("of length 0 stays", () => {
    const starts = Int32Array.of(3, 0, 6, 3);
    expect(walk(graph, starts, 0, rng())).toEqual(starts);
    expect(walk(graph, new Int32Array(0), 5, rng())).toEqual(new Int32Array(0));
  });

  test("ends where chance says, lengths 0 to 2 from node 0", () => {
    const n = 30_000;
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (const node of walk(graph, new Int32Array(n), 2, rng())) counts[node]!++;
    // Each length has chance 1/3. One step: 1 or 2. Two: by 1 to 0 or 2, by 2 to 0, 1 or 3.
    const chances = [
      1 / 3 + (1 / 3) * ((1 / 2) * (1 / 2) + (1 / 2) * (1 / 3)),
      (1 / 3) * (1 / 2) + (1 / 3) * ((1 / 2) * (1 / 3)),
      (1 / 3) * (1 / 2) + (1 / 3) * ((1 / 2) * (1 / 2)),
      (1 / 3) * ((1 / 2) * (1 / 3)),
    ];
    expect(counts.slice(4)).toEqual([0, 0, 0]);
    const chiSquared = chances.reduce((sum, p, i) => sum + (counts[i]! - n * p) ** 2 / (n * p), 0);
    expect(chiSquared).toBeLessThan(16.3); // 3 degrees, once in a thousand
  });

  test("takes each length from 0 to the largest equally often", () => {
    // On a line that only leads onwards, the end is the length.
    const n = 18_000;
    const line = graphOf([1], [2], [3], [4], [5], [6], [7], []);
    const counts = new Float64Array(8);
    for (const node of walk(line, new Int32Array(n), 5, rng())) counts[node]!++;
    expect([counts[6], counts[7]]).toEqual([0, 0]);
    const chiSquared = counts.subarray(0, 6).reduce((sum, x) => sum + (x - n / 6) ** 2 / (n / 6), 0);
    expect(chiSquared).toBeLessThan(20.5); // 5 degrees, once in a thousand
  });

  test("stays inside its component, and on a node without neighbours", () => {
    const starts = Int32Array.from({ length: 3000 }, (_, i) => [0, 4, 6][i % 3]!);
    const ends = walk(graph, starts, 40, rng());
    const reached = [0, 1, 2].map((kind) => new Set(ends.filter((_, i) => i % 3 === kind)));
    expect(reached).toEqual([new Set([0, 1, 2, 3]), new Set([4, 5]), new Set([6])]);
  });

  test("depends on the key of the numbers only, and takes as many whatever the graph is", () => {
    const starts = Int32Array.from({ length: 64 }, (_, i) => i % 4);
    expect(walk(graph, starts, 9, rng(1))).toEqual(walk(graph, starts, 9, rng(1)));
    expect(walk(graph, starts, 9, rng(2))).not.toEqual(walk(graph, starts, 9, rng(1)));
    const [one, other] = [rng(), rng()];
    walk(graph, starts, 9, one);
    walk(graphOf([], [], [], []), starts, 9, other);
    expect(one.uniform(4)).toEqual(other.uniform(4));
  });

  test.each([
    [Int32Array.of(0, 7), 1, "Expected a node from 0 to 6 for start 1 of a walk but received 7"],
    [Int32Array.of(-1), 1, "Expected a node from 0 to 6 for start 0 of a walk but received -1"],
    [Int32Array.of(0), -1, "Expected an integer of at least 0 for maxLength but received -1"],
    [Int32Array.of(0), 0.5, "Expected an integer of at least 0 for maxLength but received 0.5"],
  ])("refuses starts %o of length %d", (starts, maxLength, message) => {
    expect(() => walk(graph, starts, maxLength, rng())).toThrow(
      expect.objectContaining({ code: "E_ARGUMENT", message: expect.stringContaining(message) }),
    );
  });
});

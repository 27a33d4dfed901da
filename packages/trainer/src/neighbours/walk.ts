/** Random walks on a neighbour graph. */

import { ArgumentError, expected, type Rng } from "@mmgan/core";
import type { NeighbourGraph } from "./neighbour-graph.js";

/**
 * From each start a walk of a length uniform in 0..maxLength, each step to a neighbour chosen evenly; a node without
 * neighbours stays. Takes starts.length * (maxLength + 1) numbers of `rng` whatever the graph is: for each start its
 * length, then its steps.
 *
 * @param starts - nodes, 0..count-1; any number, repeats allowed
 * @param maxLength - an integer of at least 0; 0 returns the starts
 * @returns where the walks end, [starts.length]
 * @throws ArgumentError for a start that is no node or another maxLength
 */
export function walk(graph: NeighbourGraph, starts: Int32Array, maxLength: number, rng: Rng): Int32Array {
  if (!Number.isInteger(maxLength) || maxLength < 0)
    throw new ArgumentError(expected("an integer of at least 0", "maxLength", maxLength));
  const { count, offsets, targets } = graph;
  const stride = maxLength + 1;
  const drawn = rng.uniform(starts.length * stride);
  return starts.map((start, i) => {
    if (start < 0 || start >= count)
      throw new ArgumentError(expected(`a node from 0 to ${count - 1}`, `start ${i} of a walk`, start));
    const length = Math.floor(drawn[i * stride]! * stride);
    let node = start;
    for (let step = 1; step <= length; step++) {
      const from = offsets[node]!;
      const degree = offsets[node + 1]! - from;
      if (degree === 0) break;
      node = targets[from + Math.floor(drawn[i * stride + step]! * degree)]!;
    }
    return node;
  });
}

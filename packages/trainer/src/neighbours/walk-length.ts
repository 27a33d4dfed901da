/** How long walks may be on a graph, from how far they spread: a rule without labels. */

import { median, Rng } from "@mmgan/core";
import type { TrainConfig } from "../config.js";
import type { NeighbourGraph } from "./neighbour-graph.js";

/** Nodes the spread is measured from; fewer where there are fewer. */
const NODES = 16;

/**
 * The config with the walk that its graph affords: the longest power of two, at most `walk`, whose ends spread over at
 * most `walkSpread` of n / K samples, the size of a cluster if all were alike. Beyond that a walk leaves its class more
 * often than not. Without `walkSpread` the config as it is.
 */
export function withWalkLength<C extends TrainConfig>(config: C, graph: NeighbourGraph): C {
  const { walk, walkSpread, clusters, seed } = config;
  if (walkSpread === 0) return config;
  const limit = (walkSpread * graph.count) / clusters;
  const spreads = walkSpreads(graph, walk, seed, limit);
  const length = spreads.findLast(({ spread }) => spread <= limit)?.length ?? 1;
  return { ...config, walk: length, walkSpread: 0 };
}

/**
 * How many samples walks end at, in effect: the median over start nodes of exp(entropy of the end), for walks of a
 * length uniform in 0..H, exactly. The start nodes are drawn from (seed, "walk-length").
 *
 * @param enough - a spread beyond which no longer walks are looked at
 * @returns for H = 1, 2, 4, ... up to `longest`
 */
export function walkSpreads(
  graph: NeighbourGraph,
  longest: number,
  seed: number,
  enough = Number.POSITIVE_INFINITY,
): { length: number; spread: number }[] {
  const nodes = new Rng({ seed, stream: "walk-length" }).choice(graph.count, Math.min(NODES, graph.count));
  const walkers = Array.from(nodes, (node) => new Walker(graph, node));
  const spreads: { length: number; spread: number }[] = [];
  for (let length = 1; length <= longest; length *= 2) {
    const spread = median(walkers.map((walker) => walker.spreadAt(length)));
    spreads.push({ length, spread });
    if (spread > enough) break;
  }
  return spreads;
}

/** Where walks from one node are, as a distribution that goes on step by step. */
class Walker {
  /** Chance to be at each node now, and the sum of it over all steps so far. */
  #now: Float64Array;
  #next: Float64Array;
  readonly #sum: Float64Array;
  /** The nodes that can be reached so far. */
  readonly #reached: number[];
  #steps = 0;

  constructor(
    private readonly graph: NeighbourGraph,
    start: number,
  ) {
    [this.#now, this.#next, this.#sum] = [0, 1, 2].map(() => new Float64Array(graph.count)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.#now[start] = 1;
    this.#sum[start] = 1;
    this.#reached = [start];
  }

  /** exp(entropy) of the end of a walk of a length uniform in 0..length; lengths must not fall from call to call. */
  spreadAt(length: number): number {
    for (; this.#steps < length; this.#steps++) this.#step();
    let entropy = 0;
    for (const node of this.#reached) {
      const p = this.#sum[node]! / (length + 1);
      if (p > 0) entropy -= p * Math.log(p);
    }
    return Math.exp(entropy);
  }

  /** One more step to an even choice of neighbours; a node without any keeps what it has. */
  #step(): void {
    const { offsets, targets } = this.graph;
    const [now, next, sum, reached] = [this.#now, this.#next, this.#sum, this.#reached];
    // Nodes reached in this step join the list behind those that are spread from.
    for (let i = 0, before = reached.length; i < before; i++) {
      const node = reached[i]!;
      const p = now[node]!;
      if (p === 0) continue;
      now[node] = 0;
      const [from, to] = [offsets[node]!, offsets[node + 1]!];
      if (from === to) next[node]! += p;
      for (let edge = from; edge < to; edge++) {
        const target = targets[edge]!;
        if (sum[target] === 0 && next[target] === 0) reached.push(target);
        next[target]! += p / (to - from);
      }
    }
    for (const node of reached) sum[node]! += next[node]!;
    this.#now = next;
    this.#next = now;
  }
}

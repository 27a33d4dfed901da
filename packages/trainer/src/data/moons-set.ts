/** The moons as a data set, each split from a stream of its own. */

import { DATASETS } from "./catalogue.js";
import type { Dataset, LoadOptions, Split } from "./dataset.js";
import { makeMoons } from "./moons.js";

/** @throws ArgumentError for an option out of range */
export function moonsSet(
  split: Split,
  options: Pick<LoadOptions, "count" | "noise" | "seed" | "labels"> = {},
): Dataset {
  const info = DATASETS.moons;
  const { count = info.counts.train, noise, seed } = options;
  const streams = split === "all" ? ["train", "test"] : [split];
  const parts = streams.map((part) => makeMoons({ count, noise, seed, stream: `moons/${part}` }));
  return {
    name: info.name,
    kind: "point",
    split,
    count: count * parts.length,
    dim: 2,
    points: Float32Array.from(parts.flatMap(({ points }) => Array.from(points))),
    ...(options.labels
      ? {
          labels: Int32Array.from(parts.flatMap(({ labels }) => Array.from(labels))),
          classNames: info.classNames,
        }
      : {}),
    fit: "contain",
  };
}

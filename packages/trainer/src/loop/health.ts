/** Unlabelled signs of health, and what to do when one is bad. */

import { SIGMA_FLOOR } from "@mmgan/core";
import type { TrainConfig } from "../config.js";

/** Means over the steps since the last log line. */
export interface Window {
  /** Scalars by name, e.g. "loss/critic". */
  scalars: Record<string, number>;
  /** Share of each cluster in E's probabilities, length K, sums to 1. */
  shares: number[];
}

/** A cluster is called empty below this part of the even share 1/K. */
const EMPTY = 0.1;
/** "At the floor": within 2 % of it. */
const NEAR_FLOOR = 1.02;
/** Loss below which a critic has nothing left to tell G. */
const CRITIC_WON = 0.01;

/** exp of the entropy of the shares: K when even, 1 when all is in one cluster. */
export function effectiveClusters(shares: number[]): number {
  return Math.exp(shares.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0));
}

export interface Warning {
  code: "EMPTY_CLUSTERS" | "SIGMA_AT_FLOOR" | "CRITIC_WON";
  message: string;
}

/** Collapse as it happens, each with its remedy. */
export function warnings({ scalars, shares }: Window, { clusters }: TrainConfig): Warning[] {
  const found: Warning[] = [];
  const empty = shares.flatMap((share, k) => (share < EMPTY / clusters ? [k] : []));
  if (empty.length > 0)
    found.push({
      code: "EMPTY_CLUSTERS",
      message: `clusters ${empty.join(", ")} are nearly empty. Raise --balance or --information, or lower --clusters.`,
    });
  if ((scalars["sigma/min"] ?? Infinity) < SIGMA_FLOOR * NEAR_FLOOR)
    found.push({
      code: "SIGMA_AT_FLOOR",
      message: `sigma is at its floor of ${SIGMA_FLOOR}: that cluster draws one picture. Lower the mixture's learning rate, or raise --r1 and --sigma.`,
    });
  if ((scalars["loss/critic"] ?? Infinity) < CRITIC_WON)
    found.push({
      code: "CRITIC_WON",
      message:
        "the critic's loss is near zero, so the generator learns nothing. Raise --r1 or lower the critic's learning rate.",
    });
  return found;
}

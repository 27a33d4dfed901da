/** Yardsticks that see raw values alone, as experiments name them and tables show them. */

import type { BaselineName } from "@mmgan/trainer";

export const BASELINE_LABELS: Readonly<Record<BaselineName, string>> = {
  "k-means": "k-means",
  "pca-k-means": "PCA + k-means",
  "gaussian-mixture": "PCA + Gaussian mixture",
};

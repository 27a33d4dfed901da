/** A folder of plain pictures and the results of clustering them, made without a model: every number can be checked. */

import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RESULTS_SCHEMA, type ResultError, type ResultRow } from "@mmgan/core";
import { writeFileAtomic, writePng } from "@mmgan/node-io";
import { openResults } from "@mmgan/results";

/** Pictures of each of three clusters; the last one is empty. */
export const SIZES = [120, 30, 0];
const SIDE = 20;

/** Names that a page must not take for anything but text, each in place of an ordinary one. */
export const ODD_NAMES: Readonly<Record<string, string>> = {
  "0/3": "odd/100% #1?.png",
  "0/4": 'odd/späth & "co", 日本.png',
  "0/5": "odd/<img src=x onerror=alert(1)>.png",
};

export const ERRORS: readonly ResultError[] = [
  { path: "empty.png", code: "E_IMAGE_EMPTY", reason: "it is empty (0 bytes)" },
  { path: "also empty.png", code: "E_IMAGE_EMPTY", reason: "it is empty (0 bytes)" },
  { path: "<b>notes</b>.jpg", code: "E_IMAGE_FORMAT", reason: "it is not a picture of a supported format" },
];

/** Path of picture `i` of a cluster, the most typical being 0. */
export const pathOf = (cluster: number, i: number): string =>
  ODD_NAMES[`${cluster}/${i}`] ?? `day ${cluster}/picture-${i}.png`;

/** Outliers are the last two of cluster 0: 119, the farthest, and 118. */
function rowOf(cluster: number, i: number): ResultRow {
  const probability = 1 - i / 400;
  const probabilities = [0, 0, 0];
  probabilities[cluster] = probability;
  probabilities[(cluster + 1) % 3] = 1 - probability;
  return {
    path: pathOf(cluster, i),
    cluster,
    name: null,
    probability,
    margin: 2 * probability - 1,
    entropy: 0.1,
    distance: i / 10,
    percentile: Math.min(100, i),
    outlier: i >= 118,
    width: SIDE,
    height: SIDE,
    bytes: 100,
    probabilities,
  };
}

/** Writes pictures below FOLDER/photos and FOLDER/results.csv, in an order that is not the page's. */
export async function makeResults(folder: string): Promise<{ results: string; photos: string }> {
  const photos = join(folder, "photos");
  const results = join(folder, "results.csv");
  const info = {
    schema: RESULTS_SCHEMA,
    model: { name: "made-up", sha256: "5".repeat(64), clusters: SIZES.length },
    root: photos,
  };
  const rows = SIZES.flatMap((size, cluster) => Array.from({ length: size }, (_, i) => rowOf(cluster, i)));
  const writer = await openResults(results, { info, names: { 1: "cups" }, probabilities: SIZES.length });
  try {
    for (const row of rows.reverse()) {
      await mkdir(dirname(join(photos, row.path)), { recursive: true });
      await writePng(join(photos, row.path), picture(row));
      await writer.row(row);
    }
    for (const error of ERRORS) await writer.error(error);
    await writer.commit();
  } finally {
    await writer.abort();
  }
  await writeFileAtomic(join(folder, "results.run.jsonl"), `${JSON.stringify(info)}\n`);
  return { results, photos };
}

/** Of one colour: red says the place in the cluster, green the cluster. */
function picture({ cluster, distance }: ResultRow) {
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let at = 0; at < data.length; at += 3)
    data.set([100 + Math.round(distance! * 10), 60 + 80 * cluster, 90], at);
  return { count: 1, height: SIDE, width: SIDE, channels: 3, data } as const;
}

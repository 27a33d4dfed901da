/**
 * How far a picture lies from what its cluster was trained on: per cluster the centre of the training samples in the
 * encoder's feature space, and how their distances to it are spread. No label goes in.
 */

import * as v from "valibot";
import type { Clustering } from "./contract.js";
import { BundleError, expected } from "./errors.js";
import { shortFloat32 } from "./float32.js";

/** Of a cluster that at least one training sample fell into. */
export interface ClusterCentre {
  /** Training samples of the cluster. */
  readonly n: number;
  /** [dim], their mean. */
  readonly centre: readonly number[];
  /** [101], ascending: entry q is the distance that q percent of them do not exceed (linear between samples). */
  readonly quantiles: readonly number[];
  /** A picture farther from the centre than this is an outlier; OUTLIER_RULE. */
  readonly outlier: number;
}

/** The file centres.json of a bundle. */
export interface FeatureCentres {
  /** The data that the samples came from. */
  readonly data: string;
  /** Samples of all clusters. */
  readonly samples: number;
  /** Length of a feature vector. */
  readonly dim: number;
  /** [K]; null for a cluster without a sample. */
  readonly clusters: readonly (ClusterCentre | null)[];
}

/** What a row says of the distance to its cluster's centre. */
export interface CentreFields {
  readonly distance: number | null;
  readonly percentile: number | null;
  readonly outlier: boolean | null;
}

/**
 * Farther than `margin` times the distance that `percent` of the cluster's training samples do not exceed. With the shipped
 * model of MNIST that is 0.3 % of MNIST's held-out digits and 67 % of Fashion-MNIST's clothes (3,000 of each).
 */
export const OUTLIER_RULE = { percent: 99.5, margin: 1.1 } as const;

const NONE: CentreFields = { distance: null, percentile: null, outlier: null };

/**
 * Reads the training samples twice: for the means, then for the distances to them. Memory: the means, and one number
 * a sample.
 *
 * @param pass - what the encoder says of the samples, in parts of any size; the same each time it is called
 * @param clusters - K
 */
export async function featureCentres(
  pass: () => AsyncIterable<Clustering>,
  clusters: number,
  data: string,
): Promise<FeatureCentres> {
  const counts = new Array<number>(clusters).fill(0);
  let sums: Float64Array[] = [];
  for await (const part of pass()) {
    const dim = part.count > 0 ? part.features.length / part.count : 0;
    if (part.count > 0 && sums.length === 0)
      sums = Array.from({ length: clusters }, () => new Float64Array(dim));
    for (let i = 0; i < part.count; i++) {
      const cluster = part.clusters[i]!;
      counts[cluster]!++;
      const sum = sums[cluster]!;
      for (let j = 0; j < dim; j++) sum[j]! += part.features[i * dim + j]!;
    }
  }
  // Rounded before distances are taken to them, as they will be from the file.
  const centres = sums.map((sum, k) =>
    Array.from(sum, (value) => shortFloat32(value / Math.max(1, counts[k]!))),
  );
  const distances = Array.from({ length: clusters }, (): number[] => []);
  for await (const part of pass())
    for (let i = 0; i < part.count; i++) {
      const cluster = part.clusters[i]!;
      distances[cluster]!.push(distanceTo(centres[cluster]!, part.features, i));
    }
  return {
    data,
    samples: counts.reduce((sum, n) => sum + n, 0),
    dim: sums[0]?.length ?? 0,
    clusters: distances.map((found, k) => {
      if (found.length === 0) return null;
      const ascending = Float64Array.from(found).sort();
      const quantiles = Array.from({ length: 101 }, (_, q) => shortFloat32(quantile(ascending, q)));
      const outlier = shortFloat32(OUTLIER_RULE.margin * quantile(ascending, OUTLIER_RULE.percent));
      return { n: found.length, centre: centres[k]!, quantiles, outlier };
    }),
  };
}

/**
 * Distance of one sample to its cluster's centre, and where it stands among those of the training samples.
 *
 * @param features - [count, dim]
 * @param row - which of them
 * @returns nulls where the cluster has no centre, or there are none
 */
export function centreFields(
  centres: FeatureCentres | undefined,
  cluster: number,
  features: Float32Array,
  row: number,
): CentreFields {
  const found = centres?.clusters[cluster];
  if (!found) return NONE;
  const distance = distanceTo(found.centre, features, row);
  return { distance, percentile: shareBelow(found.quantiles, distance), outlier: distance > found.outlier };
}

/** Euclidean. */
function distanceTo(centre: readonly number[], features: Float32Array, row: number): number {
  let squares = 0;
  for (let j = 0; j < centre.length; j++) squares += (features[row * centre.length + j]! - centre[j]!) ** 2;
  return Math.sqrt(squares);
}

/** The value that `percent` of the ascending values do not exceed, linear between them (type 7 of Hyndman & Fan 1996). */
function quantile(ascending: Float64Array, percent: number): number {
  const at = ((ascending.length - 1) * percent) / 100;
  const below = ascending[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (ascending[Math.ceil(at)]! - below);
}

/** The inverse: percent of what the quantiles describe that is less than `value`, 0 to 100. */
function shareBelow(quantiles: readonly number[], value: number): number {
  let [low, high] = [0, quantiles.length]; // the first quantile of at least `value` is in [low, high]
  while (low < high) {
    const middle = (low + high) >> 1;
    if (quantiles[middle]! >= value) high = middle;
    else low = middle + 1;
  }
  if (low === 0) return 0;
  if (low === quantiles.length) return 100;
  const [below, above] = [quantiles[low - 1]!, quantiles[low]!];
  return low - 1 + (value - below) / (above - below);
}

const finite = v.pipe(v.number("a number"), v.finite("a number"));
const ascending = (values: number[]) =>
  values.every((value, i) => value >= 0 && (i === 0 || value >= values[i - 1]!));
const Centres = v.object({
  data: v.string("text"),
  samples: v.pipe(v.number("an integer"), v.integer("an integer")),
  dim: v.pipe(v.number("an integer"), v.integer("an integer"), v.minValue(1, "at least 1")),
  clusters: v.array(
    v.nullable(
      v.object({
        n: v.pipe(v.number("an integer"), v.integer("an integer"), v.minValue(1, "at least 1")),
        centre: v.array(finite),
        quantiles: v.pipe(
          v.array(finite),
          v.length(101, "101 numbers"),
          v.check(ascending, "ascending numbers of at least 0"),
        ),
        outlier: finite,
      }),
    ),
  ),
});

/** The text of centres.json. */
export const centresText = (centres: FeatureCentres): string => `${JSON.stringify(centres)}\n`;

/**
 * Parses and checks the text of a centres.json.
 *
 * @param clusters - K of the bundle
 * @throws BundleError naming the field
 */
export function parseCentres(text: string, clusters: number, where: string): FeatureCentres {
  const AGAIN = "Export the bundle again";
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new BundleError(`${where} is not JSON: ${(cause as Error).message}. ${AGAIN}.`, { cause });
  }
  const result = v.safeParse(Centres, json, { abortEarly: true, message: () => "an object" });
  if (!result.success) {
    const [issue] = result.issues;
    const path = v.getDotPath(issue);
    throw new BundleError(
      expected(issue.message, path ? `field ${path} of ${where}` : where, issue.input ?? "nothing", AGAIN),
    );
  }
  const { dim, clusters: found } = result.output;
  if (found.length !== clusters)
    throw new BundleError(expected(`${clusters} clusters`, where, found.length, AGAIN));
  for (const [k, cluster] of found.entries())
    if (cluster && cluster.centre.length !== dim)
      throw new BundleError(
        expected(`${dim} numbers`, `field clusters.${k}.centre of ${where}`, cluster.centre.length, AGAIN),
      );
  return result.output;
}

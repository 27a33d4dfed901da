/** What every runtime (Node, web) offers. One interface, so that one contract test runs over all. */

import type { FeatureCentres } from "./feature-centres.js";
import type { Manifest } from "./manifest.js";
import type { ImageBatch, PointBatch } from "./tensor.js";

/** What `encoder.onnx` says of each input. K is the number of clusters. */
export interface Clustering {
  readonly count: number;
  readonly clusters: Int32Array;
  /** [count, K], rows sum to 1. */
  readonly probabilities: Float32Array;
  /** [count, K], before the softmax. */
  readonly logits: Float32Array;
  /** [count, featureDim], the penultimate layer. */
  readonly features: Float32Array;
}

/** p(z | x) = sum_k p_E(k | x) N(z | mu_k, sigma_k^2 I), paper section "Model". */
export interface Posterior {
  readonly count: number;
  /** [count, K], the weight of each component. */
  readonly weights: Float32Array;
  /** [K, latentDim], shared by all inputs. */
  readonly means: Float32Array;
  /** [K], shared by all inputs. */
  readonly sigmas: Float32Array;
  /** E[z | x] = sum_k weights_k mu_k, [count, latentDim]. */
  readonly mean: Float32Array;
}

export interface GenerateOptions {
  /** Cluster to draw from, 0..K-1; all clusters in turn (row i from cluster i mod K) when left out. */
  readonly cluster?: number;
  /** How many samples, at least 1. Default 1, or K when `cluster` is left out. */
  readonly count?: number;
  /** Seed of the noise, an integer from 0 to 2^32 - 1. Default 0. Same seed, same samples on every device. */
  readonly seed?: number;
  /** Factor on sigma_k, >= 0, no unit. Default 1; 0 draws the cluster's mean. */
  readonly spread?: number;
  readonly signal?: AbortSignal;
}

/** Samples with the clusters and latents they were drawn from. Pictures when the bundle makes pictures. */
export interface Generated {
  readonly count: number;
  readonly clusters: Int32Array;
  /** [count, latentDim] */
  readonly latents: Float32Array;
  /** Set when the bundle's data are images. */
  readonly images?: ImageBatch;
  /** Set when the bundle's data are points (Moon). */
  readonly points?: PointBatch;
}

/** A loaded bundle. All methods reject with `DisposedError` after `dispose()`. */
export interface Model {
  readonly manifest: Manifest;
  /** Of the training samples, where the bundle holds them. */
  readonly centres?: FeatureCentres;
  /** The device taken, e.g. "cpu". */
  readonly device: string;
  /** @throws ShapeError when size or channels differ from the manifest's. A batch of 0 gives 0 rows. */
  cluster(inputs: ImageBatch | PointBatch, options?: { signal?: AbortSignal }): Promise<Clustering>;
  posterior(inputs: ImageBatch | PointBatch, options?: { signal?: AbortSignal }): Promise<Posterior>;
  generate(options?: GenerateOptions): Promise<Generated>;
  /** Frees the sessions. A second call does nothing. */
  dispose(): Promise<void>;
}

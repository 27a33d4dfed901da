/** Clusters every picture of a folder: one row a picture, in order, decoding the next ones while the model runs. */

import { relative, sep } from "node:path";
import { ArgumentError, type Clustering, ImageError, InterruptedError, type Model } from "@mmgan/core";
import { type DecodeOptions, decodeImage, listImages } from "@mmgan/node-io";

/** A picture that was clustered. */
export interface ClusteredRow {
  /** Relative to the folder, with "/" on every system; as given when paths were given. */
  readonly path: string;
  /** 0..K-1. */
  readonly cluster: number;
  /** Of that cluster, 0 to 1. */
  readonly probability: number;
  /** Largest minus second largest probability, 0 (a tie) to 1 (sure); 1 when K is 1. */
  readonly margin: number;
  /** -sum p ln p, in nats: 0 (sure) to ln K (no idea). */
  readonly entropy: number;
}

/** A picture that could not be read. */
export interface FailedRow {
  readonly path: string;
  /** `code` as of the error class ("E_IMAGE"), `reason` for people, without the path. */
  readonly error: { readonly code: string; readonly reason: string };
}

export type FolderRow = ClusteredRow | FailedRow;

export interface ClusterFolderOptions {
  readonly model: Model;
  /** Pictures in one run of the model, an integer from 1 to 4096. Default 64. About twice as many are held in memory. */
  readonly batch?: number;
  /** Also the pictures of sub-folders. Default true. */
  readonly recursive?: boolean;
  /** Stops between two batches, with InterruptedError. */
  readonly signal?: AbortSignal;
}

type Decoded = { path: string } & ({ pixels: Uint8Array } | { error: FailedRow["error"] });

/**
 * Rows of all pictures of a folder, or of the given paths, in natural order or the order given.
 *
 * @param source - a folder, or paths of pictures
 * @throws EmptyFolderError when the folder holds no picture; ArgumentError when it is no folder, `batch` is out of range
 *   or the model clusters points; InterruptedError
 */
export async function* clusterFolder(
  source: string | readonly string[],
  options: ClusterFolderOptions,
): AsyncGenerator<FolderRow, void, undefined> {
  const { model, batch = 64, recursive = true, signal } = options;
  const { input } = model.manifest;
  if (!Number.isInteger(batch) || batch < 1 || batch > 4096)
    throw new ArgumentError(`Expected an integer from 1 to 4096 for batch but received ${batch}.`);
  if (input.kind !== "image")
    throw new ArgumentError(
      `Expected a model of images for clusterFolder but ${model.manifest.name} clusters points of ${input.dim} coordinates. Use model.cluster.`,
    );
  const files =
    typeof source === "string"
      ? (await listImages(source, { recursive, mustHaveImages: true })).map((file) => ({
          file,
          path: relative(source, file).split(sep).join("/"),
        }))
      : source.map((path) => ({ file: path, path }));

  const { height, width, channels, fit } = input;
  const decode = (start: number): Promise<Decoded[]> => {
    const decoding = Promise.all(
      files
        .slice(start, start + batch)
        .map(({ file, path }) => decodeRow(file, path, { height, width, channels, fit })),
    );
    // Should the caller stop reading rows, nobody awaits these pictures any more.
    decoding.catch(() => {});
    return decoding;
  };
  let next = decode(0);
  for (let start = 0; start < files.length; start += batch) {
    if (signal?.aborted) throw new InterruptedError("Stopped on request.", { cause: signal.reason });
    const decoded = await next;
    next = decode(start + batch);
    const good = decoded.flatMap((row) => ("pixels" in row ? [row.pixels] : []));
    const data = new Uint8Array(good.length * height * width * channels);
    for (const [i, pixels] of good.entries()) data.set(pixels, i * pixels.length);
    const clustering = await model.cluster(
      { count: good.length, height, width, channels, data },
      signal === undefined ? {} : { signal },
    );
    let row = 0;
    for (const item of decoded)
      yield "error" in item ? item : { path: item.path, ...confidence(clustering, row++) };
  }
}

async function decodeRow(file: string, path: string, options: DecodeOptions): Promise<Decoded> {
  try {
    return { path, pixels: await decodeImage(file, options) };
  } catch (cause) {
    if (cause instanceof ImageError) return { path, error: { code: cause.code, reason: cause.reason } };
    throw cause;
  }
}

/** What one row of probabilities says. */
export function confidence(
  { clusters, probabilities, count }: Clustering,
  row: number,
): Omit<ClusteredRow, "path"> {
  const k = probabilities.length / count;
  let [first, second, entropy] = [0, 0, 0];
  for (const p of probabilities.subarray(row * k, (row + 1) * k)) {
    second = Math.max(second, Math.min(first, p));
    first = Math.max(first, p);
    if (p > 0) entropy -= p * Math.log(p);
  }
  const cluster = clusters[row]!;
  return {
    cluster,
    probability: probabilities[row * k + cluster]!,
    margin: first - second,
    entropy: Math.max(entropy, 0),
  };
}

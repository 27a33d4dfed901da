/** One clustering of pictures into a results file, with the run's own file from which it goes on when it was cut off. */

import {
  DiskFullError,
  EmptyFolderError,
  InterruptedError,
  type Manifest,
  RESULTS_SCHEMA,
  type ResultRow,
} from "@mmgan/core";
import type { Source, Sources } from "@mmgan/node-io";
import type { Names, Run, RunHead, RunResult } from "@mmgan/results";
import type { FolderRow } from "@mmgan/runtime-node";
import { modelFolder } from "./model-folder.js";
import { startProgress } from "./progress.js";

export interface ClusterRunOptions {
  /** A bundle's folder or a shipped model's name. */
  readonly model: string;
  /** .csv, .jsonl or .parquet. */
  readonly out: string;
  /** Go on from an earlier run of the same settings, where there is one. Default false. */
  readonly resume?: boolean | undefined;
  /** File of names of clusters. Default: with `resume` those of the earlier run, else none. */
  readonly names?: string | undefined;
  readonly followLinks?: boolean | undefined;
  readonly hidden?: boolean | undefined;
  readonly svg?: boolean | undefined;
  readonly background?: string | undefined;
  readonly maxPixels?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Adds the column. Default false. */
  readonly sha256?: boolean | undefined;
  /** Adds the K probabilities. Default false. */
  readonly probabilities?: boolean | undefined;
  readonly device?: "auto" | "cpu" | "webgpu" | "cuda" | undefined;
  readonly threads?: number | undefined;
  /** Pictures in one run of the model. Default 64. */
  readonly batch?: number | undefined;
  /** The command that goes on where this one is cut off, for messages. */
  readonly goOn?: string | undefined;
}

/** What `mmgan cluster` reports. */
export interface ClusterSummary {
  out: string;
  images: number;
  /** Clusters that got at least one picture. */
  clusters: number;
  /** Pictures of each cluster, 0..K-1. */
  sizes: number[];
  /** Pictures farther from their cluster than its training samples; null where the bundle holds no centres. */
  outliers: number | null;
  errors: number;
  /** Null when everything could be read. */
  errorsPath: string | null;
  /** Images and errors taken over from the earlier run. */
  known: number;
  /** Names passed over: hidden ones and symbolic links. */
  leftOut: { hidden: number; links: number };
  device: string;
  seconds: number;
}

/**
 * Clusters pictures into the results file `options.out`, which appears whole or not at all. The run's file grows on the way.
 *
 * @throws as `openSource`, `openRun` and `openResults`; EmptyFolderError when there was nothing to cluster;
 *   InterruptedError when `signal` aborts, and DiskFullError, with the way to go on
 */
export async function clusterTo(
  sources: Sources,
  options: ClusterRunOptions,
  signal: AbortSignal,
): Promise<ClusterSummary> {
  const started = performance.now();
  const { clusterFolder, loadModel } = await import("@mmgan/runtime-node");
  const { mustBeColour, openSource } = await import("@mmgan/node-io");
  const { formatOf, openRun } = await import("@mmgan/results");
  formatOf(options.out, "--out");
  if (options.background !== undefined) mustBeColour(options.background, "--background");
  const walk = defined({ followLinks: options.followLinks, hidden: options.hidden, svg: options.svg });
  const source = openSource(sources, walk);
  const model = await loadModel(await modelFolder(options.model), {
    device: options.device,
    threads: options.threads,
  });
  let run: Run | undefined;
  try {
    const names = await namesFor(options, model.manifest);
    const head = await headOf(options, model.manifest, model.device, source);
    run = await openRun(options.out, head, { resume: options.resume === true });
    const summary = await clusterInto(run, head, names, source, options, (known) =>
      clusterFolder(source, {
        model,
        known,
        signal,
        ...walk,
        ...defined({
          background: options.background,
          maxPixels: options.maxPixels,
          maxBytes: options.maxBytes,
          sha256: options.sha256,
          batch: options.batch,
        }),
      }),
    );
    const { device, centres } = model;
    const outliers = centres ? summary.outliers : null;
    return { ...summary, outliers, device, seconds: (performance.now() - started) / 1000 };
  } catch (cause) {
    // What stopped the work counts more than that its last lines cannot be kept.
    await run?.close().catch(() => {});
    throw withWayOn(cause, options.goOn);
  } finally {
    await run?.close();
    await model.dispose();
  }
}

type Rows = (
  known: (item: { path: string; size: number; mtimeMs: number }) => Promise<FolderRow | undefined>,
) => AsyncIterable<FolderRow>;

async function clusterInto(
  run: Run,
  head: RunHead,
  names: Names,
  source: Source,
  options: ClusterRunOptions,
  rowsOf: Rows,
): Promise<Omit<ClusterSummary, "device" | "seconds"> & { outliers: number }> {
  const { openResults } = await import("@mmgan/results");
  const { options: _, ...info } = head;
  const { clusters: k } = head.model;
  const results = await openResults(options.out, {
    ...{ info, names, sha256: options.sha256 === true },
    probabilities: options.probabilities ? k : 0,
  });
  const progress = startProgress({ label: "clustering", unit: "images" });
  const sizes = new Array<number>(k).fill(0);
  let [done, outliers, taken] = [0, 0, 0];
  const known: Parameters<Rows>[0] = async (item) => {
    const found = await run.known(item);
    if (found) taken++;
    return found && folderRow(found, item);
  };
  try {
    progress.setTotal((await source.count()) ?? 0);
    for await (const found of rowsOf(known)) {
      const result = runResult(found);
      await run.add(found.path, result);
      if ("error" in result) await results.error(result.error);
      else {
        const { cluster, outlier } = result.row;
        sizes[cluster]!++;
        if (outlier) outliers++;
        await results.row(result.row);
      }
      progress.update(++done);
    }
    if (done === 0)
      throw new EmptyFolderError("Expected paths of images on standard input but received none.");
    const { rows, errors } = await results.commit();
    await run.finish();
    return {
      ...{
        out: options.out,
        images: rows,
        clusters: sizes.filter((size) => size > 0).length,
        sizes,
        outliers,
      },
      ...{ errors, errorsPath: errors > 0 ? results.errorsPath : null },
      ...{ known: taken, leftOut: { ...source.leftOut } },
    };
  } finally {
    progress.stop();
    await results.abort();
  }
}

/** What rows depend on, beside the pictures: a run goes on only where all of it is the same. */
async function headOf(
  options: ClusterRunOptions,
  { name, clusters, input, files }: Manifest,
  device: string,
  { root }: Source,
): Promise<RunHead> {
  const { MAX_BYTES, MAX_PIXELS } = await import("@mmgan/node-io");
  return {
    schema: RESULTS_SCHEMA,
    model: { name, sha256: files.encoder.sha256, clusters },
    root,
    options: {
      centres: files.centres?.sha256.slice(0, 16) ?? null,
      fit: input.kind === "image" ? input.fit : null,
      background: options.background ?? "black",
      maxPixels: options.maxPixels ?? MAX_PIXELS,
      maxBytes: options.maxBytes ?? MAX_BYTES,
      svg: options.svg === true,
      sha256: options.sha256 === true,
      // They change the last digits.
      device,
      batch: options.batch ?? 64,
    },
  };
}

async function namesFor({ names, out, resume }: ClusterRunOptions, { clusters }: Manifest): Promise<Names> {
  const { maybeReadNames, namesPathFor, readNames } = await import("@mmgan/results");
  if (names !== undefined) return readNames(names, clusters);
  return (resume && (await maybeReadNames(namesPathFor(out), clusters))) || {};
}

/** As the run's file keeps it: without the time, which the file has beside it. */
function runResult(found: FolderRow): RunResult {
  if ("error" in found) return { error: { path: found.path, ...found.error } };
  const { mtimeMs: _, ...row } = found;
  return { row };
}

function folderRow(found: RunResult, { size, mtimeMs }: { size: number; mtimeMs: number }): FolderRow {
  if ("row" in found) return { ...(found.row as Required<ResultRow>), mtimeMs };
  const { path, code, reason } = found.error;
  return { path, error: { code, reason } as never, bytes: size, mtimeMs };
}

/** Adds to an error, where the work can go on later, how. */
function withWayOn(cause: unknown, goOn: string | undefined): unknown {
  const kept = goOn ? `What is done is kept; go on with: ${goOn}` : "What is done is kept: resume.";
  if (cause instanceof InterruptedError) return new InterruptedError(`Stopped. ${kept}`, { cause });
  if (cause instanceof DiskFullError) return new DiskFullError(`${cause.message} ${kept}`, { cause });
  return cause;
}

/** Without the fields that are undefined. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

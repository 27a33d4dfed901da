/** Sources of pictures into a results file, with the run's file beside it that a killed run goes on from. */

import {
  DiskFullError,
  EmptyFolderError,
  InterruptedError,
  type Manifest,
  RESULTS_SCHEMA,
  type ResultRow,
} from "@mmgan/core";
import type { Source, SourceEntry, SourceFile, Sources } from "@mmgan/node-io";
import {
  formatOf,
  maybeReadNames,
  type Names,
  namesPathFor,
  openResults,
  openRun,
  type Run,
  type RunHead,
  type RunResult,
  readNames,
} from "@mmgan/results";
import type { FolderRow } from "@mmgan/runtime-node";
import { modelFolder } from "./model-folder.js";
import { startProgress } from "./progress.js";

export interface ClusterOptions {
  model: string;
  out: string;
  resume?: boolean;
  names?: string;
  sha256?: boolean;
  probabilities?: boolean;
  followLinks?: boolean;
  hidden?: boolean;
  svg?: boolean;
  background?: string;
  maxPixels?: number;
  maxBytes?: number;
  device?: "auto" | "cpu" | "webgpu" | "cuda";
  threads?: number;
  batch?: number;
  /** The command that goes on where this one is cut off, for messages. Default: told in words. */
  goOn?: string;
}

/** What `mmgan cluster` reports. */
export interface ClusterSummary {
  out: string;
  images: number;
  /** Clusters that got at least one picture. */
  clusters: number;
  /** Pictures of each cluster, 0..K-1. */
  sizes: number[];
  /** Cluster -> name. */
  names: Names;
  errors: number;
  /** Null when everything could be read. */
  errorsPath: string | null;
  /** Pictures of each cluster farther from its centre than training samples reach; null without centres in the bundle. */
  outliersOf: number[] | null;
  /** Rows, errors among them, that an earlier run gave. */
  known: number;
  /** What was seen in folders and not read. */
  leftOut: { hidden: number; links: number };
  device: string;
  seconds: number;
}

/** Rows of the model at once, where nothing is said. */
const BATCH = 64;

/**
 * Clusters `sources` into the results file `options.out`, which appears whole or not at all. What is done when the work
 * stops, on request or by a kill, stays in the run's file.
 *
 * @throws InterruptedError and DiskFullError naming how to go on; EmptyFolderError for an empty list; else what
 *   `openSource`, `loadModel`, `openRun` and `openResults` throw
 */
export async function clusterTo(
  sources: Sources,
  options: ClusterOptions,
  signal: AbortSignal,
): Promise<ClusterSummary> {
  const started = performance.now();
  const { out, resume = false, batch = BATCH } = options;
  formatOf(out, "--out");
  const { clusterFolder, loadModel } = await import("@mmgan/runtime-node");
  const { MAX_BYTES, MAX_PIXELS, mustBeColour, openSource } = await import("@mmgan/node-io");
  const { followLinks = false, hidden = false, svg = false, background = "black", sha256 = false } = options;
  const { maxPixels = MAX_PIXELS, maxBytes = MAX_BYTES } = options;
  mustBeColour(background, "--background");
  const source = openSource(sources, { followLinks, hidden, svg });
  const folder = await modelFolder(options.model);
  const model = await loadModel(folder, { device: options.device, threads: options.threads });
  const { manifest, centres } = model;
  const { clusters: k } = manifest;
  let run: Run | undefined;
  let writer: Awaited<ReturnType<typeof openResults>> | undefined;
  const progress = startProgress({ label: "clustering", unit: "images" });
  const sizes = new Array<number>(k).fill(0);
  const outliersOf = centres ? new Array<number>(k).fill(0) : null;
  let [done, known] = [0, 0];
  try {
    const names = options.names
      ? await readNames(options.names, k)
      : (resume && (await maybeReadNames(namesPathFor(out), k))) || {};
    const head: RunHead = {
      schema: RESULTS_SCHEMA,
      model: { name: manifest.name, sha256: await modelHash(manifest), clusters: k },
      root: source.root,
      options: { background, maxPixels, maxBytes, sha256, batch, device: model.device },
    };
    run = await openRun(out, head, { resume });
    const { schema, model: of, root } = head;
    writer = await openResults(out, {
      info: { schema, model: of, root },
      names,
      sha256,
      probabilities: options.probabilities ? k : 0,
    });
    countAll(source, (total) => progress.setTotal(total), signal);
    const rows = clusterFolder(source, {
      ...{ model, batch, signal, background, maxPixels, maxBytes, svg, sha256 },
      known: async (item) => {
        const result = await run!.known(runItem(item));
        if (result) known++;
        return result && folderRow(result, item);
      },
    });
    for await (const found of rows) {
      const result = runResult(found);
      await run.add(found.path, result);
      if ("error" in result) await writer.error(result.error);
      else {
        const { row } = result;
        sizes[row.cluster]!++;
        if (outliersOf && row.outlier) outliersOf[row.cluster]!++;
        await writer.row(row);
      }
      progress.update(++done);
    }
    if (done === 0)
      throw new EmptyFolderError("Expected paths of images on standard input but received none.");
    const { rows: images, errors } = await writer.commit();
    await run.finish();
    return {
      ...{ out, images, clusters: sizes.filter((size) => size > 0).length, sizes, names, errors },
      ...{ errorsPath: errors > 0 ? writer.errorsPath : null, outliersOf, known },
      ...{ leftOut: { ...source.leftOut }, device: model.device },
      seconds: (performance.now() - started) / 1000,
    };
  } catch (cause) {
    progress.stop();
    await writer?.abort();
    // What stopped the work is to be told, not that the last lines cannot be kept either.
    await run?.close().catch(() => {});
    throw withWayOn(cause, done, options);
  } finally {
    progress.stop();
    await run?.close();
    await model.dispose();
  }
}

/** Says, where the work can go on later, how. */
function withWayOn(cause: unknown, done: number, { out, goOn }: ClusterOptions): unknown {
  if (done === 0) return cause;
  const way = goOn ? `Go on with: ${goOn}` : "The same command with --resume goes on from there.";
  if (cause instanceof InterruptedError)
    return new InterruptedError(`Stopped after ${done} images; ${out} is not written yet. ${way}`, { cause });
  if (cause instanceof DiskFullError) return new DiskFullError(`${cause.message} ${way}`, { cause });
  return cause;
}

/** Tells how many there will be, while the work has begun. The work itself tells what is wrong with the source. */
function countAll(source: Source, tell: (total: number) => void, signal: AbortSignal): void {
  source.count().then(
    (total) => {
      if (total !== null && !signal.aborted) tell(total);
    },
    () => {},
  );
}

/** Of the files that rows depend on. */
async function modelHash({ files }: Manifest): Promise<string> {
  const { sha256Hex } = await import("@mmgan/core");
  if (!files.centres) return files.encoder.sha256;
  return sha256Hex(new TextEncoder().encode(`${files.encoder.sha256} ${files.centres.sha256}`));
}

const runItem = ({ path, size, mtimeMs }: SourceFile | SourceEntry) => ({ path, size, mtimeMs });

function folderRow(result: RunResult, { size, mtimeMs }: SourceFile | SourceEntry): FolderRow {
  if ("error" in result) {
    const { path, code, reason } = result.error;
    return { path, error: { code: code as never, reason }, bytes: size, mtimeMs };
  }
  const { probabilities = [] } = result.row;
  return { ...result.row, probabilities, mtimeMs };
}

function runResult(found: FolderRow): RunResult {
  if ("error" in found) return { error: { path: found.path, ...found.error } };
  const { mtimeMs: _, ...row } = found;
  return { row: row satisfies ResultRow };
}

/** Clusters every picture of a source: one row a picture, in order, decoding the next ones while the model runs. */

import { Readable } from "node:stream";
import {
  ArgumentError,
  InterruptedError,
  type Model,
  mustBeInteger,
  type ResultRow,
  type RowErrorCode,
} from "@mmgan/core";
import {
  type DecodeOptions,
  openSource,
  type Source,
  type SourceEntry,
  type SourceFile,
  type SourceOptions,
  type Sources,
} from "@mmgan/node-io";
import { type Decoded, Decoder } from "./decoder.js";
import { rowFields } from "./row-of.js";

/** A picture that was clustered. */
export interface ClusteredRow extends ResultRow {
  /** [K] */
  readonly probabilities: readonly number[];
  /** Of the file, as it was read; of an entry, its archive's. Milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** A picture that could not be clustered. */
export interface FailedRow {
  readonly path: string;
  /** `reason` is for people, without the path. */
  readonly error: { readonly code: RowErrorCode; readonly reason: string };
  /** Of the file; null where it could not be reached. */
  readonly bytes: number | null;
  readonly mtimeMs: number | null;
}

export type FolderRow = ClusteredRow | FailedRow;

/** How far the work is. */
export interface ClusterProgress {
  /** Rows given so far, errors and known rows among them. */
  readonly done: number;
  readonly errors: number;
  /** Rows that `known` gave. */
  readonly known: number;
  /** How many rows there will be; null while not known, or where only reading tells. */
  readonly total: number | null;
}

export interface ClusterFolderOptions
  extends SourceOptions,
    Pick<DecodeOptions, "background" | "maxPixels" | "svg"> {
  readonly model: Model;
  /**
   * Pictures decoded ahead of the model, an integer from 1 to 4096, and in one run of it, there at most 256. Every run has
   * the same number of rows, the last one filled up: a row does not depend on what stands beside it. Default 64.
   */
  readonly batch?: number;
  /** Bytes of one encoded picture at most. Default 256 MiB. */
  readonly maxBytes?: number;
  /** Also the SHA-256 of each encoded file. Default false. */
  readonly sha256?: boolean;
  /**
   * The row of a picture that need not be read again, e.g. of an earlier run. It is given as it is. Asked for one picture
   * after the other, in order.
   */
  readonly known?: (item: SourceFile | SourceEntry) => FolderRow | undefined | Promise<FolderRow | undefined>;
  /** Called after every run of the model. */
  readonly onProgress?: (progress: ClusterProgress) => void;
  /** Stops between two batches, with InterruptedError. */
  readonly signal?: AbortSignal;
}

/** Rows that wait for one run of the model at most, known ones among them. */
const WAITING_ROWS = 4096;
/** Rows in one run of the model at most, as Model has it. */
const RUN_ROWS = 256;

/**
 * Rows of all pictures of a source, in its order.
 *
 * @param source - a folder, an archive, a pattern, files, several of these, a list, or what `openSource` opened
 * @throws EmptyFolderError when folders, patterns and archives hold no picture; ArgumentError when a single source does
 *   not exist, `batch` is out of range or the model clusters points; InterruptedError
 */
export async function* clusterFolder(
  source: Sources | Source,
  options: ClusterFolderOptions,
): AsyncGenerator<FolderRow, void, undefined> {
  const { model, batch = 64, signal, known, onProgress } = options;
  const { input } = model.manifest;
  mustBeInteger(batch, "batch", 1, 4096);
  if (input.kind !== "image")
    throw new ArgumentError(
      `Expected a model of images for clusterFolder but ${model.manifest.name} clusters points of ${input.dim} coordinates. Use model.cluster.`,
    );
  const { height, width, channels, fit } = input;
  const opened = isSource(source) ? source : openSource(source, options);
  const decoder = new Decoder(opened, {
    ...{ ...options, height, width, channels, fit, ahead: batch, known },
  });
  const rows = Math.min(batch, RUN_ROWS);
  const each = height * width * channels;
  const progress = { done: 0, errors: 0, known: 0, total: null as number | null };
  try {
    for (let ended = false; !ended; ) {
      // Fresh each time: the model may hold on to it.
      const data = new Uint8Array(rows * each);
      const waiting: Decoded[] = [];
      let filled = 0;
      while (filled < rows) {
        if (signal?.aborted) throw new InterruptedError("Stopped on request.", { cause: signal.reason });
        const decoded = await decoder.next();
        if (decoded === undefined) {
          ended = true;
          break;
        }
        if ("pixels" in decoded) data.set(decoded.pixels, filled++ * each);
        waiting.push(decoded);
        // What is known or failed does not wait for the model unless something before it does.
        if (waiting.length >= (filled === 0 ? rows : WAITING_ROWS)) break;
      }
      const clustering =
        filled === 0
          ? undefined
          : await model.cluster(
              { count: rows, height, width, channels, data },
              signal === undefined ? {} : { signal },
            );
      let row = 0;
      for (const decoded of waiting) {
        if ("pixels" in decoded) {
          const { pixels: _, ...rest } = decoded;
          yield { ...rest, ...rowFields(clustering!, row++, model.centres) };
        } else yield "known" in decoded ? decoded.known : decoded;
        progress.done++;
        if ("known" in decoded) progress.known++;
        if ("error" in decoded || ("known" in decoded && "error" in decoded.known)) progress.errors++;
      }
      if (waiting.length > 0) onProgress?.({ ...progress });
    }
  } finally {
    await decoder.close();
  }
}

/** `clusterFolder` as a Node stream of rows (object mode). Destroying it stops the work. */
export function clusterStream(source: Sources | Source, options: ClusterFolderOptions): Readable {
  return Readable.from(clusterFolder(source, options), { objectMode: true, highWaterMark: 16 });
}

const isSource = (source: Sources | Source): source is Source =>
  typeof source === "object" && "root" in source && "count" in source;

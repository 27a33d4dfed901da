/**
 * "results.run.jsonl": what is known of each input, written as the run goes, so that a run that was killed goes on from
 * there. Lines are only ever added; a whole run leaves them in the order of its inputs.
 */

import { type FileHandle, open } from "node:fs/promises";
import { ResumeError } from "@mmgan/core";
import { errorCode, type Lock, lockFile, openAtomic, writeError } from "@mmgan/node-io";
import { parsed } from "../formats/json-lines.js";
import { mustBeInfo } from "../info.js";
import { readLines } from "../lines.js";
import { runPathFor } from "../results-file.js";
import { differences } from "./differences.js";
import { LineReader } from "./line-reader.js";
import { PathIndex } from "./path-index.js";
import {
  entryLine,
  entryPath,
  type RunHead,
  type RunItem,
  type RunOptions,
  type RunResult,
  resultOf,
} from "./run-entry.js";

/** Lines held back at most: what a kill costs. */
const PENDING_BYTES = 1 << 16;
const PENDING_MS = 1000;
/** How often lines are forced to the disk: what a power cut costs. */
const SYNC_MS = 10_000;

export interface Run {
  /** Inputs that an earlier run left something of. */
  readonly knownCount: number;
  /** What an earlier run found of the same bytes. Ask for each input in order, before `add`. */
  known(item: RunItem): Promise<RunResult | undefined>;
  /** Takes what came of an input. In order of the inputs. */
  add(path: string, result: RunResult): Promise<void>;
  /** Puts lines in order and drops those of inputs that are no more. Nothing can be added after. */
  finish(): Promise<void>;
  /** Writes what was held back, closes, and lets others at the results. Does nothing after `finish`. */
  close(): Promise<void>;
}

/**
 * Locks the results file `path` and opens the run's file beside it.
 *
 * @param head - what this run is of
 * @param resume - go on from an earlier run's file, where there is one; otherwise it is begun anew
 * @throws FolderInUseError when another process writes these results; ResumeError when the earlier run was of another model, folder or option, naming which; ResultsError when its
 *   schema is newer; ArgumentError when the file cannot be written; from all methods DiskFullError
 */
export async function openRun(path: string, head: RunHead, { resume }: { resume: boolean }): Promise<Run> {
  const lock = await lockFile(path);
  let handle: FileHandle | undefined;
  try {
    const file = runPathFor(path);
    const index = new PathIndex();
    const end = resume ? await recall(file, head, index) : 0;
    handle = await open(file, end === 0 ? "w+" : "r+");
    await handle.truncate(end);
    const run = new OpenRun(file, handle, lock, index, end);
    if (end === 0) await run.begin(`${JSON.stringify(head)}\n`);
    return run;
  } catch (cause) {
    await handle?.close();
    await lock.release();
    throw writeError(cause, runPathFor(path));
  }
}

/** Reads what an earlier run left into `index`. Bytes that are whole lines; 0 where there is nothing to go on from. */
async function recall(file: string, head: RunHead, index: PathIndex): Promise<number> {
  let end = 0;
  try {
    for await (const { text, offset, bytes, whole } of readLines(file)) {
      // A kill can tear the last line. After a power cut more may be missing: nothing behind the first bad line counts.
      if (!whole) break;
      if (offset === 0) mustBeSame(text, head, file);
      else {
        const path = entryPath(text);
        if (path === undefined) break;
        index.add(path, offset);
      }
      end = offset + bytes;
    }
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause;
  }
  return end;
}

function mustBeSame(text: string, head: RunHead, file: string): void {
  const value = parsed(text);
  const again = "Run without --resume to begin anew";
  if (value === undefined) throw new ResumeError(`${file} is not what mmgan cluster writes. ${again}.`);
  const options = (value.options ?? {}) as RunOptions;
  const found = differences({ ...mustBeInfo(value, file), options }, head);
  if (found.length > 0)
    throw new ResumeError(
      `${file} was made with other settings: ${found.join(", ")}. Repeat them, or run without --resume to begin anew.`,
    );
}

class OpenRun implements Run {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #lock: Lock;
  readonly #index: PathIndex;
  readonly #reader: LineReader;
  /** Inputs asked for and not yet added; with the offset of their line where it stands already. */
  readonly #asked = new Map<string, { item: RunItem; offset: number | undefined }>();
  /** Where the file ends, with what is held back. */
  #end: number;
  /** Lines in the file, its head apart. */
  #lines: number;
  /** Of lines, in order of the inputs. */
  readonly #order = new Offsets();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #flushedAt = performance.now();
  #syncedAt = performance.now();
  #closed = false;

  constructor(path: string, handle: FileHandle, lock: Lock, index: PathIndex, end: number) {
    this.#path = path;
    this.#handle = handle;
    this.#lock = lock;
    this.#index = index;
    this.#reader = new LineReader(handle);
    this.#end = end;
    this.#lines = index.size;
  }

  get knownCount(): number {
    return this.#index.size;
  }

  async begin(head: string): Promise<void> {
    await this.#append(Buffer.from(head));
    await this.#flush();
  }

  async known(item: RunItem): Promise<RunResult | undefined> {
    for (const offset of this.#index.offsets(item.path)) {
      const result = resultOf((await this.#reader.at(offset)).toString("utf8"), item);
      if (!result) continue;
      this.#asked.set(item.path, { item, offset });
      return result;
    }
    this.#asked.set(item.path, { item, offset: undefined });
    return undefined;
  }

  async add(path: string, result: RunResult): Promise<void> {
    const asked = this.#asked.get(path);
    this.#asked.delete(path);
    let offset = asked?.offset;
    if (offset === undefined) {
      offset = this.#end;
      await this.#append(Buffer.from(entryLine(path, asked?.item, result)));
      this.#lines++;
    }
    this.#order.push(offset);
  }

  async finish(): Promise<void> {
    try {
      await this.#flush();
      // Every line is of an input, once, and later inputs have later lines.
      const whole = this.#order.ascending && this.#order.length === this.#lines;
      if (!whole) await this.#rewrite();
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    try {
      await this.#closeFile();
    } finally {
      await this.#lock.release();
    }
  }

  async #closeFile(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#flush();
      await this.#handle.datasync();
    } catch (cause) {
      throw writeError(cause, this.#path);
    } finally {
      await this.#handle.close();
    }
  }

  async #rewrite(): Promise<void> {
    const file = await openAtomic(this.#path);
    try {
      await file.write(await this.#reader.at(0));
      for (let i = 0; i < this.#order.length; i++) await file.write(await this.#reader.at(this.#order.at(i)));
      // Windows replaces no file that is open.
      await this.#closeFile();
      await file.commit();
    } finally {
      await file.abort();
    }
  }

  async #append(line: Buffer): Promise<void> {
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    this.#end += line.length;
    if (this.#pendingBytes >= PENDING_BYTES || performance.now() - this.#flushedAt >= PENDING_MS)
      await this.#flush();
  }

  async #flush(): Promise<void> {
    const lines = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    try {
      let written = 0;
      const from = this.#end - lines.length;
      while (written < lines.length)
        written += (await this.#handle.write(lines, written, lines.length - written, from + written))
          .bytesWritten;
      if (performance.now() - this.#syncedAt >= SYNC_MS) {
        await this.#handle.datasync();
        this.#syncedAt = performance.now();
      }
    } catch (cause) {
      throw writeError(cause, this.#path);
    }
    this.#flushedAt = performance.now();
  }
}

/** Offsets, eight bytes each. */
class Offsets {
  #values = new Float64Array(1024);
  length = 0;
  /** Each is larger than the one before. */
  ascending = true;

  push(offset: number): void {
    if (this.length === this.#values.length) {
      const values = new Float64Array(2 * this.length);
      values.set(this.#values);
      this.#values = values;
    }
    if (this.length > 0 && offset <= this.#values[this.length - 1]!) this.ascending = false;
    this.#values[this.length++] = offset;
  }

  at(i: number): number {
    return this.#values[i]!;
  }
}

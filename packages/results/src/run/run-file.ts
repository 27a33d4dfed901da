/**
 * "results.run.jsonl": what is known of each input, written as the run goes, so that a run that was killed goes on from
 * there. Lines are only ever added; a whole run leaves them in the order of its inputs.
 */

import { constants, type FileHandle, open, rm } from "node:fs/promises";
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
  finishedLine,
  isFinished,
  type RunHead,
  type RunItem,
  type RunOptions,
  type RunResult,
  resultOf,
} from "./run-entry.js";

/** Lines held back at most: what a kill costs. */
const PENDING_BYTES = 1 << 16;
const PENDING_MS = 1000;
const LF = 10;
/** How often lines are forced to the disk: what a power cut costs. */
const SYNC_MS = 10_000;

export interface Run {
  /** Inputs that an earlier run left something of. */
  readonly knownCount: number;
  /** What an earlier run found of the same bytes. Ask for each input in order, before `add`. */
  known(item: RunItem): Promise<RunResult | undefined>;
  /** Takes what came of an input. In order of the inputs. */
  add(path: string, result: RunResult): Promise<void>;
  /** Puts lines in order, drops those of inputs that are no more, and says that the run is whole. Nothing can be added after. */
  finish(): Promise<void>;
  /** Writes what was held back, closes, and lets others at the results. Where nothing was added, an older file stays. */
  close(): Promise<void>;
}

/**
 * Locks the results file `path` and opens the run's file beside it.
 *
 * @param head - what this run is of
 * @param resume - go on from an earlier run's file, where there is one; otherwise it is begun anew
 * @throws FolderInUseError when another process writes these results; ResumeError when the earlier run was of another model,
 *   folder or option, naming which, or, without `resume`, was cut off; ResultsError when its schema is newer; ArgumentError
 *   when the file cannot be written; from all methods DiskFullError
 */
export async function openRun(path: string, head: RunHead, { resume }: { resume: boolean }): Promise<Run> {
  const file = runPathFor(path);
  // Not the results: those of another format share the run's file.
  const lock = await lockFile(file);
  let handle: FileHandle | undefined;
  try {
    const index = new PathIndex();
    const end = resume ? await recall(file, head, index) : 0;
    handle = await open(file, constants.O_RDWR | constants.O_CREAT);
    const { size } = await handle.stat();
    if (!resume) await mustBeWhole(handle, size, file);
    return new OpenRun(file, handle, lock, index, end > 0 ? { end } : { head, isNew: size === 0 });
  } catch (cause) {
    await handle?.close();
    await lock.release();
    throw writeError(cause, file);
  }
}

/** Bytes at the end of a file that hold its last line, where that is the one of a whole run. */
const TAIL_BYTES = 100;

/** @throws ResumeError where the file holds more than its head and ends otherwise than `finish` leaves it */
async function mustBeWhole(handle: FileHandle, size: number, file: string): Promise<void> {
  const length = Math.min(size, TAIL_BYTES);
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  const lastAt = buffer.lastIndexOf(LF, -2) + 1;
  if (isFinished(buffer.toString("utf8", lastAt))) return;
  const first = await new LineReader(handle).maybeAt(0);
  if (first === undefined || first.length === size) return;
  throw new ResumeError(
    `${file} holds a run that was cut off. Pass --resume to go on with it, or delete it to begin anew.`,
  );
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
      `${file} was made with other settings: ${found.join(", ")}. Repeat them, or delete it to begin anew.`,
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
  /** The file was empty: it goes again where nothing is added. */
  readonly #isNew: boolean;
  /** Where the file is cut before anything is written; undefined once that is done. */
  #cutAt: number | undefined;

  constructor(path: string, handle: FileHandle, lock: Lock, index: PathIndex, start: Start) {
    this.#path = path;
    this.#handle = handle;
    this.#lock = lock;
    this.#index = index;
    this.#reader = new LineReader(handle);
    this.#lines = index.size;
    this.#isNew = "isNew" in start && start.isNew;
    this.#end = "end" in start ? start.end : 0;
    this.#cutAt = this.#end;
    if ("head" in start) this.#hold(Buffer.from(`${JSON.stringify(start.head)}\n`));
  }

  get knownCount(): number {
    return this.#index.size;
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
      const last = Buffer.from(finishedLine(this.#order.length));
      // Every line is of an input, once, and later inputs have later lines.
      const whole = this.#order.ascending && this.#order.length === this.#lines;
      if (whole) this.#hold(last);
      await this.#flush();
      if (!whole) await this.#rewrite(last);
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
    const untouched = this.#order.length === 0 && this.#cutAt === 0;
    try {
      if (untouched) {
        if (this.#isNew) await rm(this.#path, { force: true });
        return;
      }
      await this.#flush();
      await this.#handle.datasync();
    } catch (cause) {
      throw writeError(cause, this.#path);
    } finally {
      await this.#handle.close();
    }
  }

  async #rewrite(last: Buffer): Promise<void> {
    const file = await openAtomic(this.#path);
    try {
      await file.write(await this.#reader.at(0));
      for (let i = 0; i < this.#order.length; i++) await file.write(await this.#reader.at(this.#order.at(i)));
      await file.write(last);
      // Windows replaces no file that is open.
      await this.#closeFile();
      await file.commit();
    } finally {
      await file.abort();
    }
  }

  async #append(line: Buffer): Promise<void> {
    this.#hold(line);
    if (this.#pendingBytes >= PENDING_BYTES || performance.now() - this.#flushedAt >= PENDING_MS)
      await this.#flush();
  }

  #hold(line: Buffer): void {
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    this.#end += line.length;
  }

  async #flush(): Promise<void> {
    const lines = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    try {
      if (this.#cutAt !== undefined) await this.#handle.truncate(this.#cutAt);
      this.#cutAt = undefined;
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

/** Where a run begins: behind the whole lines of an earlier one, or with its own head. */
type Start = { readonly end: number } | { readonly head: RunHead; readonly isNew: boolean };

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

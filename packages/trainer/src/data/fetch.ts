/** `fetchDataset`: brings the files of a data set, resumed where it stopped, checked, from the first mirror that works. */

import { open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ArgumentError, DataCorruptError, DownloadError, expected } from "@mmgan/core";
import { lockFolder, sha256File, writeError } from "@mmgan/node-io";
import { type DataFile, type DatasetInfo, type DatasetName, datasetInfo } from "./catalogue.js";
import { readCoil20 } from "./coil-20.js";
import { type FileSource, mustHaveSha256, readingFrom, readMaybeGzip } from "./data-file.js";
import { AttemptError, downloadOnto, fileSize } from "./download.js";
import { dataCacheFolder, fetchAgain, findFiles, storedNames } from "./locate.js";
import { mustGoOn } from "./work.js";

/** How far the download of one file has come. */
export interface FetchProgress {
  readonly file: string;
  /** Bytes of the file on disk, those of earlier attempts included. */
  readonly receivedBytes: number;
  /** Bytes of the whole file; undefined while neither the catalogue nor the server says. */
  readonly totalBytes: number | undefined;
}

export interface FetchOptions {
  /** Folder to put the data set's sub-folder in. Default: the per-user cache (dataCacheFolder). */
  readonly dataDir?: string | undefined;
  /** Addresses (http or https) of folders that hold the files under their names, instead of the catalogue's. */
  readonly mirrors?: readonly string[] | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How often in a row an address may fail without a new byte before the next is tried. Default 3. */
  readonly retries?: number | undefined;
  /** Wait before the first retry in milliseconds, doubled for each further one. Default 500. */
  readonly retryDelayMs?: number | undefined;
  /** An address that sends nothing for so long has failed, in milliseconds. Default 30,000. */
  readonly stallMs?: number | undefined;
}

/** What became of one file. */
export interface FetchedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** "present" when it was there already and passed its check. */
  readonly status: "present" | "downloaded";
}

export interface FetchResult {
  readonly name: DatasetName;
  /** The data set's own folder; undefined for sets that need no files. */
  readonly folder: string | undefined;
  readonly files: readonly FetchedFile[];
  /** One sentence for a person. */
  readonly message: string;
}

/**
 * Downloads what is missing or damaged of a data set into `dataDir`/NAME. Each file appears under its name only when it
 * has passed its check (SHA-256 of the file or of its content); until then it is NAME.part, from which a later
 * call goes on. moons and digits need no files: nothing happens and the message says so.
 *
 * @throws UnknownNameError, DownloadError when no mirror gave a file that passes its check (the message has each
 * mirror's reason), FolderInUseError while another process fetches there, DiskFullError, ArgumentError,
 * InterruptedError when `signal` aborts
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<FetchResult> {
  return fetchFiles(datasetInfo(name), options);
}

/** As `fetchDataset`, for a given entry of the catalogue. */
export async function fetchFiles(info: DatasetInfo, options: FetchOptions): Promise<FetchResult> {
  const { name } = info;
  if (info.source !== "download")
    return { name, folder: undefined, files: [], message: `${name} is ${info.source}: nothing to fetch.` };
  const mirrors = checkedMirrors(options.mirrors);
  const elsewhere = options.dataDir ? undefined : await findVerified(info);
  if (elsewhere) return elsewhere;
  const folder = join(resolve(options.dataDir || dataCacheFolder()), name);
  const lock = await lockFolder(folder);
  try {
    const files: FetchedFile[] = [];
    for (const file of info.files) {
      const urls = mirrors ? mirrors.map((mirror) => new URL(file.name, mirror).href) : file.mirrors;
      files.push((await present(info, file, folder)) ?? (await fetchFile(info, file, folder, urls, options)));
    }
    const fresh = files.filter(({ status }) => status === "downloaded").length;
    return { name, folder, files, message: summary(name, folder, fresh, files.length) };
  } finally {
    await lock.release();
  }
}

function summary(name: string, folder: string, fresh: number, all: number): string {
  if (fresh === 0) return `${name} is there already, in ${folder}.`;
  return `${name} is in ${folder}: ${fresh} of ${all} files downloaded and checked.`;
}

function checkedMirrors(mirrors: readonly string[] | undefined): string[] | undefined {
  return mirrors?.map((mirror) => {
    if (!URL.canParse(mirror) || !/^https?:$/.test(new URL(mirror).protocol))
      throw new ArgumentError(expected("an http or https address", "mirrors", mirror));
    return mirror.endsWith("/") ? mirror : `${mirror}/`;
  });
}

/** The whole set, checked, where the loader would find it. */
async function findVerified(info: DatasetInfo): Promise<FetchResult | undefined> {
  const found = await findFiles(info, info.files);
  if (!found) return undefined;
  const folder = join(found.place.folder, info.name);
  const files: FetchedFile[] = [];
  for (const file of info.files) {
    const checked = await present(info, file, folder);
    if (!checked) return undefined;
    files.push(checked);
  }
  return { name: info.name, folder, files, message: summary(info.name, folder, 0, files.length) };
}

/** The file if it is in `folder` and passes its check. */
async function present(info: DatasetInfo, file: DataFile, folder: string): Promise<FetchedFile | undefined> {
  for (const name of storedNames(file)) {
    const path = join(folder, name);
    const bytes = await fileSize(path);
    if (bytes === 0) continue;
    try {
      await verifyFile(info, file, { path, remedy: fetchAgain(info) });
      return { name: file.name, path, bytes, status: "present" };
    } catch (error) {
      if (!(error instanceof DataCorruptError)) throw error;
    }
  }
  return undefined;
}

/** @throws DataCorruptError unless the file, or its content, has the published SHA-256 */
async function verifyFile(info: DatasetInfo, file: DataFile, source: FileSource): Promise<void> {
  const { sha256 } = file;
  if (sha256 !== undefined && (await readingFrom(source, () => sha256File(source.path))) === sha256) return;
  if (info.name === "coil-20") await readCoil20(source);
  else mustHaveSha256(await readMaybeGzip(source), file.content.sha256, source);
}

async function fetchFile(
  info: DatasetInfo,
  file: DataFile,
  folder: string,
  urls: readonly string[],
  options: FetchOptions,
): Promise<FetchedFile> {
  const part = join(folder, `${file.name}.part`);
  const reasons: string[] = [];
  for (const url of urls) {
    const reason = await fetchFrom(url, info, file, part, options);
    if (reason === undefined) return settle(file, folder, part);
    reasons.push(`${url}: ${reason}`);
  }
  throw new DownloadError(
    `Could not download ${file.name} of data set ${info.name}. Tried ${reasons.join("; ")}. Check the network and run ` +
      `"mmgan data fetch ${info.name}" again, which goes on where it stopped, or put the file into ${folder} yourself.`,
  );
}

/** Tries one address until it works or fails too often. @returns the reason of the failure, undefined on success */
async function fetchFrom(
  url: string,
  info: DatasetInfo,
  file: DataFile,
  part: string,
  options: FetchOptions,
): Promise<string | undefined> {
  const { signal, retries = 3, retryDelayMs = 500, stallMs = 30_000 } = options;
  const onProgress = (receivedBytes: number, totalBytes: number | undefined): void =>
    options.onProgress?.({ file: file.name, receivedBytes, totalBytes: totalBytes ?? file.bytes });
  const limitBytes = Math.max(file.bytes ?? 0, file.content.bytes);
  let best = await fileSize(part);
  for (let failures = 0; ; ) {
    mustGoOn(signal, `downloading ${file.name}`);
    const resumed = (await fileSize(part)) > 0;
    try {
      await downloadOnto(part, url, { limitBytes, stallMs, signal, onProgress });
      await verifyFile(info, file, { path: part, remedy: "It was deleted" });
      return undefined;
    } catch (error) {
      if (error instanceof DataCorruptError) {
        await discard(part);
        if (!resumed) return error.message.replace(/\.$/, "");
        // The beginning may have been another address's, or an older file's: once more from the start.
        continue;
      }
      if (!(error instanceof AttemptError)) throw error;
      const size = await fileSize(part);
      failures = size > best ? 0 : failures + 1;
      best = Math.max(best, size);
      if (!error.retry || failures > retries) return error.message;
      await pause(retryDelayMs * 2 ** failures, signal);
    }
  }
}

async function discard(part: string): Promise<void> {
  try {
    await rm(part, { force: true });
  } catch (cause) {
    throw writeError(cause, part);
  }
}

/** Waits; an abort ends the wait early and is thrown by the next `mustGoOn`. */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}

/** Gives a checked .part file its name: without ".gz" when a server has unpacked it on the way. */
async function settle(file: DataFile, folder: string, part: string): Promise<FetchedFile> {
  const [packed, unpacked] = storedNames(file);
  const source = { path: part, remedy: "Run the command again" };
  const gzip = unpacked === undefined || (await readingFrom(source, () => isGzip(part)));
  const path = join(folder, gzip ? packed! : unpacked);
  try {
    await rename(part, path);
  } catch (cause) {
    throw writeError(cause, path);
  }
  return { name: file.name, path, bytes: await fileSize(path), status: "downloaded" };
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

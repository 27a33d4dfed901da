/** Python wheels, read without Python: their names, and the files that a set-up takes out of one. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { ArgumentError, DataCorruptError, expected, InterruptedError, MmganError } from "@mmgan/core";
import { openAtomic, sha256File } from "@mmgan/node-io";
import { type Entry, open, type ZipFile } from "yauzl";

/** Platforms of wheels that set-up can use: Linux x64 with glibc. The tag of Python does not matter. */
const PLATFORM = /(^|[.-])(manylinux[0-9_]*|linux)_x86_64(\.|$)/;

/** A wheel's file name, taken apart: distribution-version(-build)-python-abi-platform.whl. */
export interface WheelName {
  /** Normalised: "tensorflow-cpu". */
  readonly distribution: string;
  readonly version: string;
  readonly platform: string;
}

/** The parts of a wheel's file name, or undefined for another file. */
export function parseWheelName(file: string): WheelName | undefined {
  const parts = /^(.+)\.whl$/.exec(file)?.[1]?.split("-");
  if (!parts || parts.length < 5 || parts.length > 6) return undefined;
  const [distribution, version] = parts as [string, string];
  return {
    distribution: distribution.toLowerCase().replace(/[-_.]+/g, "-"),
    version,
    platform: parts.at(-1)!,
  };
}

/** Whether the library in this wheel runs here. */
export function fitsPlatform({ platform }: WheelName): boolean {
  return PLATFORM.test(platform);
}

/**
 * The parts of the name of a wheel of some distributions for Linux x64.
 *
 * @param words - the distributions, for a person: "tensorflow or tensorflow_cpu"
 * @throws ArgumentError for another file
 */
export function mustBeWheelOf(path: string, distributions: RegExp, words: string): WheelName {
  const name = parseWheelName(basename(path));
  if (!name || !distributions.test(name.distribution))
    throw new ArgumentError(
      expected(`a wheel of ${words}`, "--wheel", basename(path), "Keep the name it was published under"),
    );
  if (!fitsPlatform(name))
    throw new ArgumentError(
      expected(
        "a wheel for Linux x64 (manylinux, x86_64)",
        "--wheel",
        basename(path),
        "Download that one; any version of Python will do",
      ),
    );
  return name;
}

/** What is taken out of a wheel. */
export interface WheelContents {
  /** Paths in the wheel that must be there. */
  readonly required: readonly string[];
  /** Further paths taken where they are there. Default: none. */
  readonly also?: RegExp;
  /** Where a path goes below the folder. Default: as it is. */
  readonly place?: (path: string) => string;
}

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes written so far, of all that will be. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Writes files of a wheel below `folder`, each whole or not at all, checked against the size and SHA-256 in the wheel's
 * own RECORD. What is there already and passes is kept.
 *
 * @throws DataCorruptError for a truncated or damaged wheel, or one without what must be there; DiskFullError,
 * InterruptedError
 */
export async function unpackWheel(
  path: string,
  folder: string,
  contents: WheelContents,
  options: UnpackOptions = {},
): Promise<void> {
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(path);
    await unpack(zip, folder, contents, options);
  } catch (cause) {
    if (cause instanceof MmganError) throw cause;
    throw new DataCorruptError(
      `Cannot read the wheel ${path}: ${(cause as Error).message}. Download it again; it may be truncated.`,
      { cause },
    );
  } finally {
    zip?.close();
  }
}

async function unpack(
  zip: ZipFile,
  folder: string,
  { required, also, place = (name) => name }: WheelContents,
  options: UnpackOptions,
): Promise<void> {
  const entries = new Map<string, Entry>();
  let record: Entry | undefined;
  for (const entry of await entriesOf(zip)) {
    const name = entry.fileName;
    if (required.includes(name) || also?.test(name)) entries.set(name, entry);
    else if (/^[^/]+\.dist-info\/RECORD$/.test(name)) record = entry;
  }
  const missing = required.filter((name) => !entries.has(name));
  if (missing.length > 0) throw new Error(`it has no ${missing.join(" and no ")}`);
  if (!record) throw new Error("it has no RECORD");
  const digests = parseRecord((await buffer(await streamOf(zip, record))).toString("utf8"));
  const total = [...entries.values()].reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  let done = 0;
  for (const [name, entry] of entries) {
    const digest = digests.get(name);
    if (!digest) throw new Error(`its RECORD has no SHA-256 of ${name}`);
    const target = join(folder, place(name));
    if (existsSync(target) && (await sha256File(target)) === digest) done += entry.uncompressedSize;
    else
      await writeEntry(await streamOf(zip, entry), target, digest, (bytes) => {
        if (options.signal?.aborted)
          throw new InterruptedError("Stopped on request while unpacking. Run the command again to go on.");
        done += bytes;
        options.onProgress?.(done, total);
      });
    options.onProgress?.(done, total);
  }
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip!),
    );
  });
}

function entriesOf(zip: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on("error", reject);
    zip.on("end", () => resolve(entries));
    zip.on("entry", (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
}

function streamOf(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream!)));
  });
}

async function writeEntry(
  stream: Readable,
  target: string,
  digest: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const file = await openAtomic(target);
  const hash = createHash("sha256");
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await file.write(chunk);
      onBytes(chunk.length);
    }
    if (hash.digest("hex") !== digest)
      throw new Error(`${basename(target)} is not what its RECORD says (SHA-256)`);
    await file.commit();
  } finally {
    stream.destroy();
    await file.abort();
  }
}

/** SHA-256 (hexadecimal) by path, from lines "path,sha256=BASE64URL,size". No path that is needed has a comma. */
function parseRecord(text: string): Map<string, string> {
  const digests = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^([^,"]+),sha256=([\w-]+),\d*$/.exec(line);
    if (match) digests.set(match[1]!, Buffer.from(match[2]!, "base64url").toString("hex"));
  }
  return digests;
}

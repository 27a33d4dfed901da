/** Brings a wheel: the one given, one downloaded by an earlier call, or a fresh download. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { DataMissingError } from "@mmgan/core";
import { sha256File } from "@mmgan/node-io";
import { pipIndexUrl } from "./pip-config.js";
import { type DownloadOptions, downloadWheel, findWheel } from "./wheel-index.js";

export interface BringOptions extends Pick<DownloadOptions, "signal" | "retryDelayMs" | "onProgress"> {
  /** A wheel on disk. Default: from the index. */
  readonly wheel?: string | undefined;
  /** Address of a package index. Default: PIP_INDEX_URL, then pip's config files. */
  readonly index?: string | undefined;
}

/**
 * The wheel's path.
 *
 * @param downloads - folder that a download is kept in
 * @throws DataMissingError when there is no such file, or nothing says where to look; DownloadError, DiskFullError,
 * ArgumentError, InterruptedError
 */
export async function bringWheel(
  distribution: string,
  version: string,
  downloads: string,
  { wheel, signal, retryDelayMs, onProgress, ...options }: BringOptions,
): Promise<string> {
  if (wheel) {
    if (existsSync(wheel)) return resolve(wheel);
    throw new DataMissingError(`Expected a wheel of ${distribution} in ${wheel}, but there is no such file.`);
  }
  const index = options.index ?? pipIndexUrl();
  if (!index) throw noWheel(distribution, version);
  const request = { index, distribution, version };
  const file = await findWheel(request, signal);
  // The name comes from the index: only its last part may name a file here.
  const path = join(downloads, basename(file.name));
  if (existsSync(path) && file.sha256 !== undefined && (await sha256File(path)) === file.sha256) return path;
  await mkdir(downloads, { recursive: true });
  await downloadWheel(file, path, request, { signal, retryDelayMs, onProgress });
  return path;
}

function noWheel(distribution: string, version: string): DataMissingError {
  return new DataMissingError(
    `Expected the wheel of ${distribution} ${version}, but neither --wheel nor --index says where it is, nor PIP_INDEX_URL, ` +
      "nor index-url in pip's config. Give --index URL, the address of a package index's simple API, or, on any machine with pip, " +
      `run "pip download --no-deps --only-binary :all: --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --python-version 3.12 ${distribution}==${version}" ` +
      "and give the file with --wheel.",
  );
}

/** A wheel from a package index: its simple API, as JSON (PEP 691) or as a web page (PEP 503). */

import { rename, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ArgumentError, DownloadError, expected, InterruptedError } from "@mmgan/core";
import { sha256File, writeError } from "@mmgan/node-io";
import { AttemptError, downloadOnto, fileSize } from "../data/download.js";
import { fitsPlatform, parseWheelName } from "./wheel.js";

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";
const HTML_TYPE = "application/vnd.pypi.simple.v1+html";
/** No wheel that is brought here is larger. */
const LIMIT_BYTES = 2 ** 31;

/** One file that an index offers. */
export interface IndexFile {
  readonly name: string;
  readonly url: string;
  /** Hexadecimal; undefined where the index does not say. */
  readonly sha256: string | undefined;
}

export interface WheelRequest {
  /** Base address of the index; its user name and password are sent to that host alone, and never shown. */
  readonly index: string;
  /** Normalised: "tensorflow-cpu". */
  readonly distribution: string;
  readonly version: string;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((receivedBytes: number, totalBytes: number | undefined) => void) | undefined;
  /** Failures in a row, without a new byte, before it gives up. Default 3. */
  readonly retries?: number | undefined;
  /** Wait before the first retry in milliseconds, doubled for each further one. Default 500. */
  readonly retryDelayMs?: number | undefined;
  /** Give up when nothing arrives for so long, in milliseconds. Default 30,000. */
  readonly stallMs?: number | undefined;
}

/**
 * The wheel of that version for Linux x64; any tag of Python, since its C library alone is used.
 *
 * @throws DownloadError when the index does not answer or has no such wheel, ArgumentError for a wrong address
 */
export async function findWheel(request: WheelRequest, signal?: AbortSignal): Promise<IndexFile> {
  const { distribution, version } = request;
  const { url, headers, shown } = indexAddress(request);
  let files: IndexFile[];
  try {
    files = await readIndex(url, headers, signal);
  } catch (cause) {
    if (signal?.aborted) throw new InterruptedError("Stopped on request while asking the index.", { cause });
    const { message, cause: inner } = cause as Error;
    throw new DownloadError(
      `The package index ${shown} did not answer: ${inner instanceof Error ? inner.message : message}. ` +
        "Check --index and the network, or bring the wheel with --wheel FILE.",
      { cause },
    );
  }
  const wheels = files.flatMap((file) => {
    const name = parseWheelName(file.name);
    return name && name.distribution === distribution && fitsPlatform(name) ? [{ file, name }] : [];
  });
  const match = wheels.find(({ name }) => name.version === version);
  if (match) return match.file;
  const versions = [...new Set(wheels.map(({ name }) => name.version))].slice(-5);
  throw new DownloadError(
    `The package index ${shown} has no wheel of ${distribution} ${version} for Linux x64` +
      `${versions.length > 0 ? `, only of ${versions.join(", ")}. Choose one with --tensorflow-version` : ""}.`,
  );
}

/**
 * Downloads a wheel to `path`, which appears once it has passed its SHA-256; until then it is `path`.part, from which
 * a later call goes on.
 *
 * @throws DownloadError, DiskFullError, ArgumentError, InterruptedError
 */
export async function downloadWheel(
  file: IndexFile,
  path: string,
  request: WheelRequest,
  options: DownloadOptions = {},
): Promise<void> {
  const { signal, onProgress, retries = 3, retryDelayMs = 500, stallMs = 30_000 } = options;
  const index = indexAddress(request);
  const headers = new URL(file.url).origin === index.url.origin ? index.headers : {};
  const part = `${path}.part`;
  for (let failures = 0, best = await fileSize(part); ; ) {
    const resumed = (await fileSize(part)) > 0;
    try {
      await downloadOnto(part, file.url, { limitBytes: LIMIT_BYTES, stallMs, signal, headers, onProgress });
      if (file.sha256 === undefined || (await sha256File(part)) === file.sha256) break;
      await rm(part, { force: true });
      // The beginning may have been another file's: once more from the start.
      if (resumed) continue;
      throw new DownloadError(
        `${file.name} as ${index.shown} sends it does not have the SHA-256 that the index states, ${file.sha256}. ` +
          "Try another --index, or bring the wheel with --wheel FILE.",
      );
    } catch (error) {
      if (!(error instanceof AttemptError)) throw error;
      const size = await fileSize(part);
      failures = size > best ? 0 : failures + 1;
      best = Math.max(best, size);
      if (!error.retry || failures > retries)
        throw new DownloadError(
          `Could not download ${file.name}: ${error.message}. Run the command again, which goes on where it stopped, ` +
            "or bring the wheel with --wheel FILE.",
          { cause: error },
        );
      await sleep(retryDelayMs * 2 ** failures, undefined, { signal }).catch(() => {});
    }
  }
  await rename(part, path).catch((cause) => {
    throw writeError(cause, path);
  });
}

/** Address of a project's page; credentials become a header, since fetch refuses them in an address. */
function indexAddress({ index, distribution }: WheelRequest) {
  if (!URL.canParse(index) || !/^https?:$/.test(new URL(index).protocol))
    throw new ArgumentError(
      expected("an http or https address", "--index", URL.canParse(index) ? index : "another text"),
    );
  const url = new URL(`${distribution}/`, index.endsWith("/") ? index : `${index}/`);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = "";
  url.password = "";
  const headers: Record<string, string> =
    user || password
      ? { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` }
      : {};
  return { url, headers, shown: url.href };
}

async function readIndex(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<IndexFile[]> {
  const limit = AbortSignal.timeout(60_000);
  const response = await fetch(url, {
    headers: { ...headers, Accept: `${JSON_TYPE}, ${HTML_TYPE};q=0.2, text/html;q=0.1` },
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const text = await response.text();
  const json = /json/i.test(response.headers.get("content-type") ?? "");
  return json ? parseJsonIndex(text, response.url) : parseHtmlIndex(text, response.url);
}

/** Files of a PEP 691 document; relative addresses count from `base`. */
export function parseJsonIndex(text: string, base: string): IndexFile[] {
  const { files } = JSON.parse(text) as {
    files?: { filename: string; url: string; hashes?: { sha256?: string } }[];
  };
  if (!Array.isArray(files)) throw new Error("its answer has no list of files");
  return files.map(({ filename, url, hashes }) => ({
    name: filename,
    url: new URL(url, base).href,
    sha256: hashes?.sha256?.toLowerCase(),
  }));
}

/** Files of a PEP 503 page: an anchor each, the hash in the fragment of its address. */
export function parseHtmlIndex(text: string, base: string): IndexFile[] {
  return [...text.matchAll(/<a\s[^>]*?href\s*=\s*(["'])(.*?)\1[^>]*>(.*?)<\/a>/gis)].map(
    ([, , href, label]) => {
      const url = new URL(unescapeHtml(href!), base);
      const sha256 = /^#sha256=([0-9a-f]{64})$/i.exec(url.hash)?.[1]?.toLowerCase();
      url.hash = "";
      return { name: unescapeHtml(label!).trim(), url: url.href, sha256 };
    },
  );
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex, digits) =>
      String.fromCodePoint(Number.parseInt(digits, hex ? 16 : 10)),
    )
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&");
}

/** A bundle from a URL: each file with retries, its bytes told as they come, kept in the browser's cache once checked. */

import {
  BundleError,
  type BundleFile,
  COPY_AGAIN,
  DownloadError,
  InterruptedError,
  mustHaveSha256,
  mustHaveSize,
} from "@mmgan/core";
import { pageInstead, type ReadOptions, type Source } from "./bundle.js";
import { FileCache } from "./file-cache.js";
import { looksLikePage } from "./html.js";

/** Waits before a second and a third attempt, in milliseconds. */
const WAITS_MS = [250, 1000];

export class Downloads implements Source {
  /** Ends in "/". */
  readonly #folder: URL;
  readonly #query: string;
  readonly #signal: AbortSignal | undefined;
  readonly #fetch: typeof fetch;
  readonly #cache: FileCache | undefined;

  /** @param url - of the bundle's folder, with "/" at its end or without, or of its manifest.json */
  constructor(url: string | URL, { signal, fetch, cache = true }: ReadOptions) {
    this.#folder = folderUrl(url);
    this.#query = this.#folder.search;
    this.#folder.search = "";
    this.#signal = signal;
    this.#fetch = fetch ?? ((...call) => globalThis.fetch(...call));
    if (cache) this.#cache = new FileCache();
  }

  where(name: string): string {
    const url = new URL(name, this.#folder);
    url.search = this.#query;
    return url.href;
  }

  async manifest(): Promise<string> {
    const where = this.where("manifest.json");
    try {
      // Asked of the server each time: it says which files are current.
      const bytes = await this.#retried(where, { cache: "no-cache" }, () => {});
      if (bytes === undefined)
        throw new BundleError(
          `Expected the folder of a bundle for model but received ${this.#folder.href}: it has no manifest.json. Give the URL of a folder written by mmgan export.`,
        );
      if (!looksLikePage(bytes)) await this.#cache?.putManifest(where, bytes);
      return new TextDecoder().decode(bytes);
    } catch (cause) {
      const kept = cause instanceof DownloadError ? await this.#cache?.manifest(where) : undefined;
      if (kept === undefined) throw cause;
      return new TextDecoder().decode(kept); // off line
    }
  }

  async file(entry: BundleFile, onBytes: (bytes: number) => void): Promise<Uint8Array> {
    const where = this.where(entry.path);
    const kept = await this.#cache?.file(where, entry);
    if (kept !== undefined) {
      onBytes(kept.length);
      return kept;
    }
    const bytes = await this.#retried(where, {}, onBytes, entry);
    if (bytes === undefined)
      throw new BundleError(`Expected a file for ${where} but it is missing. ${COPY_AGAIN}.`);
    if (looksLikePage(bytes)) throw pageInstead(where);
    mustHaveSize(bytes.length, entry, where);
    await mustHaveSha256(bytes, entry, where);
    await this.#cache?.putFile(where, entry, bytes);
    return bytes;
  }

  /** The bytes of a URL; undefined where the server has no such file. Fewer bytes than expected are asked for again. */
  async #retried(
    where: string,
    init: RequestInit,
    onBytes: (bytes: number) => void,
    entry?: BundleFile,
  ): Promise<Uint8Array | undefined> {
    for (let attempt = 0; ; attempt++) {
      let counted = 0;
      const count = (bytes: number) => {
        counted += bytes;
        onBytes(bytes);
      };
      const last = attempt === WAITS_MS.length;
      try {
        const bytes = await this.#once(where, init, count, entry?.bytes);
        const whole = entry === undefined || bytes === undefined || bytes.length >= entry.bytes;
        if (whole || last || looksLikePage(bytes)) return bytes;
      } catch (cause) {
        if (last || !(cause instanceof DownloadError)) throw cause;
      }
      onBytes(-counted);
      await this.#wait(WAITS_MS[attempt]!);
    }
  }

  async #once(
    where: string,
    init: RequestInit,
    onBytes: (bytes: number) => void,
    mostBytes = Number.POSITIVE_INFINITY,
  ): Promise<Uint8Array | undefined> {
    try {
      const response = await this.#fetch(where, { ...init, ...(this.#signal && { signal: this.#signal }) });
      if (response.status === 404 || response.status === 410) {
        await response.body?.cancel();
        return undefined;
      }
      if (!response.ok) {
        await response.body?.cancel();
        const problem = `the server answers ${response.status} ${response.statusText}`.trim();
        if (response.status < 500 && ![408, 425, 429].includes(response.status))
          throw new BundleError(`Expected a file for ${where} but ${problem}. Check the URL and its access.`);
        throw downloadError(where, problem);
      }
      return await bodyOf(response, onBytes, mostBytes);
    } catch (cause) {
      this.#mustGoOn();
      if (cause instanceof BundleError || cause instanceof DownloadError) throw cause;
      throw downloadError(where, (cause as Error).message, cause);
    }
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#signal?.addEventListener(
        "abort",
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
    this.#mustGoOn();
  }

  #mustGoOn(): void {
    const signal = this.#signal;
    if (signal?.aborted) throw new InterruptedError("Stopped on request.", { cause: signal.reason });
  }
}

function downloadError(where: string, problem: string, cause?: unknown): DownloadError {
  return new DownloadError(
    `Expected a download for ${where} but ${problem}, ${WAITS_MS.length + 1} times. Check the network and the server, also that it allows other origins (CORS) where the page has one.`,
    { cause },
  );
}

/** Reads a body as it comes, and no more than one byte beyond what was expected. */
async function bodyOf(
  response: Response,
  onBytes: (bytes: number) => void,
  mostBytes: number,
): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    onBytes(value.length);
    if (length > mostBytes) {
      await reader.cancel();
      break;
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function folderUrl(from: string | URL): URL {
  const url = new URL(from, globalThis.document?.baseURI ?? globalThis.location?.href);
  url.hash = "";
  if (url.pathname.endsWith("/manifest.json")) url.pathname = url.pathname.slice(0, -"manifest.json".length);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

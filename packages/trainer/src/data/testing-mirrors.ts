/** For tests only: servers on this machine that send a file well or badly, and a data set of that one file. */

import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Rng } from "@mmgan/core";
// biome-ignore lint/correctness/noUndeclaredDependencies: for tests only, which run in the workspace
import { afterEach, beforeEach } from "vitest";
import { DATASETS, type DatasetInfo } from "./catalogue.js";
import { type FetchOptions, type FetchProgress, fetchFiles } from "./fetch.js";

export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

// 60,000 bytes of noise in [0, 64): they compress to about three quarters, so that drops fall inside the file.
export const content = Uint8Array.from(new Rng({ seed: 1, stream: "file" }).integers(60_000, 64));
export const file = gzipSync(content);
export const NAME = "noise.gz";

/** An entry of a catalogue for the one file served here. */
export const info: DatasetInfo = {
  ...DATASETS.mnist,
  files: [
    {
      name: NAME,
      bytes: file.length,
      sha256: sha256(file),
      content: { bytes: content.length, sha256: sha256(content) },
      mirrors: [],
    },
  ],
};

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let servers: Server[] = [];
/** A fresh folder for every test. */
export let dataDir: string;

/** Closes the server started last. */
export function closeNewest(): void {
  servers.pop()?.close();
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "mmgan-fetch-"));
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
  await rm(dataDir, { recursive: true });
});

/** Starts a server; gives its address and the Range header of each request ("" for none). */
export async function serve(handler: Handler): Promise<{ url: string; ranges: string[] }> {
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? "");
    handler(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ranges };
}

/** Serves `bytes` with ranges. */
export function ranged(bytes: Uint8Array): Handler {
  return droppingAfter(Number.POSITIVE_INFINITY, () => bytes).handler;
}

/**
 * Serves files with ranges, at most `most` bytes an answer. `onProgress` is for the client: it drops the connection
 * once the client has them all, so that what has arrived does not hang on timing.
 */
export function droppingAfter(most: number, fileOf: (url: string) => Uint8Array) {
  let open: { readonly end: number; readonly response: ServerResponse } | undefined;
  const handler: Handler = (request, response) => {
    const bytes = fileOf(request.url!);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (start >= bytes.length && start > 0) {
      response.writeHead(416, { "Content-Range": `bytes */${bytes.length}` }).end();
      return;
    }
    const range = start > 0 ? { "Content-Range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(start > 0 ? 206 : 200, { "Content-Length": bytes.length - start, ...range });
    const end = Math.min(start + most, bytes.length);
    if (end === bytes.length) response.end(bytes.subarray(start));
    else {
      response.write(bytes.subarray(start, end));
      open = { end, response };
    }
  };
  const onProgress = ({ receivedBytes }: FetchProgress): void => {
    if (receivedBytes !== open?.end) return;
    open.response.socket?.destroy();
    open = undefined;
  };
  return { handler, onProgress };
}

export const status = (code: number, type = "text/plain"): Handler => {
  return (_, response) => void response.writeHead(code, { "Content-Type": type }).end("no");
};

export const fetchFrom = (mirrors: string[], options: FetchOptions = {}) =>
  fetchFiles(info, { dataDir, mirrors, retryDelayMs: 1, retries: 2, ...options });

export const folderNow = async () => (await readdir(join(dataDir, "mnist"))).sort();
export const stored = (name = NAME) => readFile(join(dataDir, "mnist", name));

import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  ArgumentError,
  DownloadError,
  FolderInUseError,
  InterruptedError,
  Rng,
  UnknownNameError,
} from "@mmgan/core";
import { lockFolder } from "@mmgan/node-io";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DATASETS, type DatasetInfo } from "./catalogue.js";
import { type FetchOptions, type FetchProgress, fetchDataset, fetchFiles } from "./fetch.js";
import { findFiles } from "./locate.js";
import { describeWithData } from "./testing.js";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

// 60,000 bytes of noise in [0, 64): they compress to about three quarters, so that drops fall inside the file.
const content = Uint8Array.from(new Rng({ seed: 1, stream: "file" }).integers(60_000, 64));
const file = gzipSync(content);
const NAME = "noise.gz";

/** An entry of a catalogue for the one file served here. */
const info: DatasetInfo = {
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

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let servers: Server[] = [];
let dataDir: string;

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
async function serve(handler: Handler): Promise<{ url: string; ranges: string[] }> {
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
function ranged(bytes: Uint8Array): Handler {
  return droppingAfter(Number.POSITIVE_INFINITY, () => bytes).handler;
}

/**
 * Serves files with ranges, at most `most` bytes an answer. `onProgress` is for the client: it drops the connection
 * once the client has them all, so that what has arrived does not hang on timing.
 */
function droppingAfter(most: number, fileOf: (url: string) => Uint8Array) {
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

const status = (code: number, type = "text/plain"): Handler => {
  return (_, response) => void response.writeHead(code, { "Content-Type": type }).end("no");
};

const fetchFrom = (mirrors: string[], options: FetchOptions = {}) =>
  fetchFiles(info, { dataDir, mirrors, retryDelayMs: 1, retries: 2, ...options });

const folderNow = async () => (await readdir(join(dataDir, "mnist"))).sort();
const stored = (name = NAME) => readFile(join(dataDir, "mnist", name));

test("downloads, checks and names the file, with progress up to its size", async () => {
  const { url } = await serve(ranged(file));
  const events: FetchProgress[] = [];
  const result = await fetchFrom([url], { onProgress: (event) => void events.push(event) });
  const path = join(dataDir, "mnist", NAME);
  expect(result).toEqual({
    name: "mnist",
    folder: join(dataDir, "mnist"),
    files: [{ name: NAME, path, bytes: file.length, status: "downloaded" }],
    message: `mnist is in ${join(dataDir, "mnist")}: 1 of 1 files downloaded and checked.`,
  });
  expect(sha256(await stored())).toBe(sha256(file));
  expect(await folderNow()).toEqual([NAME]);
  expect(events[0]).toEqual({ file: NAME, receivedBytes: 0, totalBytes: file.length });
  expect(events.at(-1)).toEqual({ file: NAME, receivedBytes: file.length, totalBytes: file.length });
  const received = events.map(({ receivedBytes }) => receivedBytes);
  expect(received).toEqual([...received].sort((a, b) => a - b));
});

test("asks for nothing when the file is there and right", async () => {
  const { url, ranges } = await serve(ranged(file));
  await fetchFrom([url]);
  const again = await fetchFrom([url]);
  expect(ranges.length).toBe(1);
  expect(again.files[0]!.status).toBe("present");
  expect(again.message).toBe(`mnist is there already, in ${join(dataDir, "mnist")}.`);
});

test("replaces a file that is there but wrong", async () => {
  const { url } = await serve(ranged(file));
  await mkdir(join(dataDir, "mnist"));
  await writeFile(join(dataDir, "mnist", NAME), file.subarray(0, 1000));
  expect((await fetchFrom([url])).files[0]!.status).toBe("downloaded");
  expect(sha256(await stored())).toBe(sha256(file));
});

test("goes on after each dropped connection, however many, while bytes arrive", async () => {
  const { handler, onProgress } = droppingAfter(10_000, () => file);
  const { url, ranges } = await serve(handler);
  await fetchFrom([url], { retries: 0, onProgress });
  expect(sha256(await stored())).toBe(sha256(file));
  const starts = Array.from(
    { length: Math.ceil(file.length / 10_000) - 1 },
    (_, index) => (index + 1) * 10_000,
  );
  expect(ranges).toEqual(["", ...starts.map((start) => `bytes=${start}-`)]);
});

test("goes on in a later call, from the same byte", async () => {
  const { handler } = droppingAfter(10_000, () => file);
  const cut = await serve(handler);
  const controller = new AbortController();
  const onProgress = ({ receivedBytes }: FetchProgress) => {
    if (receivedBytes === 10_000) controller.abort();
  };
  const running = fetchFrom([cut.url], { signal: controller.signal, onProgress });
  await expect(running).rejects.toThrow(InterruptedError);
  expect(await folderNow()).toEqual([`${NAME}.part`]);
  const { url, ranges } = await serve(ranged(file));
  await fetchFrom([url]);
  expect(ranges).toEqual(["bytes=10000-"]);
  expect(sha256(await stored())).toBe(sha256(file));
});

test("starts over when the server ignores Range", async () => {
  await mkdir(join(dataDir, "mnist"));
  await writeFile(join(dataDir, "mnist", `${NAME}.part`), file.subarray(0, 5000));
  const { url, ranges } = await serve((_, response) => void response.writeHead(200).end(file));
  await fetchFrom([url]);
  expect(ranges).toEqual(["bytes=5000-"]);
  expect(sha256(await stored())).toBe(sha256(file));
});

test("starts over when the server answers another range", async () => {
  await mkdir(join(dataDir, "mnist"));
  await writeFile(join(dataDir, "mnist", `${NAME}.part`), file.subarray(0, 5000));
  const { url, ranges } = await serve((request, response) => {
    if (!request.headers.range) response.writeHead(200).end(file);
    else response.writeHead(206, { "Content-Range": `bytes 0-9/${file.length}` }).end(file.subarray(0, 10));
  });
  await fetchFrom([url]);
  expect(ranges).toEqual(["bytes=5000-", ""]);
  expect(sha256(await stored())).toBe(sha256(file));
});

test("finishes a part that was complete already", async () => {
  await mkdir(join(dataDir, "mnist"));
  await writeFile(join(dataDir, "mnist", `${NAME}.part`), file);
  const { url, ranges } = await serve(ranged(file));
  await fetchFrom([url]);
  expect(ranges).toEqual([`bytes=${file.length}-`]);
  expect(await folderNow()).toEqual([NAME]);
});

test("a part of something else is thrown away and fetched anew from the same place", async () => {
  await mkdir(join(dataDir, "mnist"));
  await writeFile(join(dataDir, "mnist", `${NAME}.part`), new Uint8Array(5000).fill(7));
  const { url, ranges } = await serve(ranged(file));
  await fetchFrom([url]);
  expect(ranges).toEqual(["bytes=5000-", ""]);
  expect(sha256(await stored())).toBe(sha256(file));
});

test("a part longer than the file is thrown away", async () => {
  await mkdir(join(dataDir, "mnist"));
  await writeFile(join(dataDir, "mnist", `${NAME}.part`), new Uint8Array(file.length + 1));
  const { url } = await serve(ranged(file));
  await fetchFrom([url]);
  expect(sha256(await stored())).toBe(sha256(file));
});

test("wrong bytes are deleted and the next mirror is tried", async () => {
  const wrong = await serve(
    ranged(Uint8Array.from(file, (byte, index) => (index === 100 ? byte ^ 1 : byte))),
  );
  const right = await serve(ranged(file));
  await fetchFrom([wrong.url, right.url]);
  expect(wrong.ranges).toEqual([""]);
  expect(right.ranges).toEqual([""]);
  expect(sha256(await stored())).toBe(sha256(file));
});

test("when every mirror fails, the error has each one's reason and nothing wrong is left", async () => {
  const wrong = await serve(ranged(gzipSync(content.map((value) => value ^ 1))));
  const missing = await serve(status(404));
  const page = await serve(status(200, "text/html; charset=utf-8"));
  const busy = await serve(status(503));
  const long = await serve((_, response) => void response.writeHead(200).end(Buffer.concat([file, content])));
  const error = await fetchFrom([wrong.url, missing.url, page.url, busy.url, long.url]).catch(
    (cause) => cause,
  );
  expect(error).toBeInstanceOf(DownloadError);
  expect(error.code).toBe("E_DOWNLOAD");
  expect(error.message).toMatch(/^Could not download noise\.gz of data set mnist\. Tried /);
  expect(error.message).toMatch(
    /noise\.gz\.part fails the SHA-256 check: its content has [0-9a-f]{64} where /,
  );
  expect(error.message).toContain(`${missing.url}${NAME}: status 404;`);
  expect(error.message).toContain(
    `${page.url}${NAME}: it answers with a web page (text/html) instead of the file;`,
  );
  expect(error.message).toContain(`${busy.url}${NAME}: status 503;`);
  expect(error.message).toMatch(
    /bytes that can be right\. Check the network and run "mmgan data fetch mnist" again/,
  );
  expect(missing.ranges.length).toBe(1); // a 404 stays one
  expect(busy.ranges.length).toBe(3); // a 503 may pass: the first try and two retries
  expect(await folderNow()).toEqual([]);
});

test("a server that comes back after failures is enough", async () => {
  let requests = 0;
  const { url } = await serve((request, response) => {
    requests++;
    if (requests === 1) status(503)(request, response);
    else if (requests === 2) response.socket?.destroy();
    else ranged(file)(request, response);
  });
  await fetchFrom([url]);
  expect(requests).toBe(3);
  expect(sha256(await stored())).toBe(sha256(file));
});

test("a server that falls silent is left for the next mirror", async () => {
  const silent = await serve(() => {});
  const stuck = await serve((_, response) => {
    response.writeHead(200, { "Content-Length": file.length }).write(file.subarray(0, 1000));
  });
  const right = await serve(ranged(file));
  await fetchFrom([silent.url, stuck.url, right.url], { stallMs: 1000, retries: 0 });
  expect(sha256(await stored())).toBe(sha256(file));
  // The stuck server's bytes are not asked for again.
  expect(right.ranges).toEqual(["bytes=1000-"]);
});

test("nothing listening is a reason like any other", async () => {
  const gone = await serve(() => {});
  servers.pop()?.close();
  const error = await fetchFrom([gone.url], { retries: 0 }).catch((cause) => cause);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error.message).toContain(`${gone.url}${NAME}: the connection failed (`);
});

test("a server that unpacks the gzip is taken by its content, and stored without .gz", async () => {
  const { url } = await serve((_, response) => void response.writeHead(200).end(content));
  const result = await fetchFrom([url]);
  expect(await folderNow()).toEqual(["noise"]);
  expect(sha256(await stored("noise"))).toBe(sha256(content));
  expect(result.files[0]!.path).toBe(join(dataDir, "mnist", "noise"));
  expect((await findFiles(info, info.files, dataDir))?.paths).toEqual([join(dataDir, "mnist", "noise")]);
  expect((await fetchFrom([url])).files[0]!.status).toBe("present");
});

test("a transfer labelled as compressed, and dropped, is not continued", async () => {
  let requests = 0;
  let first: ServerResponse | undefined;
  const { url, ranges } = await serve((_, response) => {
    requests++;
    response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": file.length });
    if (requests > 1) response.end(file);
    else response.write(file.subarray(0, 20_000));
    first ??= response;
  });
  await fetchFrom([url], {
    onProgress: ({ receivedBytes }) => receivedBytes > 0 && first?.socket?.destroy(),
  });
  expect(ranges).toEqual(["", ""]);
  expect(sha256(await stored("noise"))).toBe(sha256(content));
});

test("an abort before and during the download is an InterruptedError, soon", async () => {
  const { url, ranges } = await serve(() => {});
  await expect(fetchFrom([url], { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
  expect(ranges).toEqual([]);
  const controller = new AbortController();
  const running = fetchFrom([url], { signal: controller.signal });
  await vi.waitUntil(() => ranges.length === 1);
  controller.abort();
  await expect(running).rejects.toThrow(
    `Stopped on request while downloading ${url}${NAME}. What has arrived is kept; run the command again to go on.`,
  );
});

test("two fetches into one folder do not mix", async () => {
  const lock = await lockFolder(join(dataDir, "mnist"));
  await expect(fetchFrom(["http://127.0.0.1:1/"])).rejects.toThrow(FolderInUseError);
  await lock.release();
});

test("a folder that cannot be made is an error that names it", async () => {
  const blocked = join(dataDir, "file");
  await writeFile(blocked, "");
  const error = await fetchFrom(["http://127.0.0.1:1/"], { dataDir: blocked }).catch((cause) => cause);
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain(blocked);
});

test.each(["moons", "digits"])("%s needs no fetch, and says so", async (name) => {
  const result = await fetchDataset(name, { dataDir });
  const how = name === "moons" ? "generated" : "embedded";
  expect(result).toEqual({
    name,
    folder: undefined,
    files: [],
    message: `${name} is ${how}: nothing to fetch.`,
  });
  expect(await readdir(dataDir)).toEqual([]);
});

test("an unknown data set is refused with the nearest name", async () => {
  const error = await fetchDataset("minst", { dataDir }).catch((cause) => cause);
  expect(error).toBeInstanceOf(UnknownNameError);
  expect(error.message).toContain("Did you mean mnist?");
});

test.each(["mirror", "ftp://example.org/"])("%s is no address of a mirror", async (mirror) => {
  await expect(fetchFrom([mirror])).rejects.toThrow(
    new ArgumentError(`Expected an http or https address for mirrors but received ${mirror}.`),
  );
});

describeWithData("mnist", "with MNIST at hand", () => {
  test("all four files come over a bad line and load", async () => {
    const found = await findFiles(DATASETS.mnist, DATASETS.mnist.files);
    const files = new Map<string, Uint8Array>();
    for (const [index, { name }] of DATASETS.mnist.files.entries())
      files.set(`/${name}`, await readFile(found!.paths[index]!));
    const { handler, onProgress } = droppingAfter(4_000_000, (path) => files.get(path)!);
    const { url, ranges } = await serve(handler);
    const result = await fetchDataset("mnist", { dataDir, mirrors: [url], retryDelayMs: 1, onProgress });
    // Training images as published, 9,912,422 bytes, take two drops; the other three files none.
    const pieces = [...files.values()].map(({ length }) => Math.ceil(length / 4_000_000));
    expect(ranges).toEqual(
      pieces.flatMap((count) =>
        Array.from({ length: count }, (_, at) => (at ? `bytes=${at * 4_000_000}-` : "")),
      ),
    );
    expect(result.files.map(({ name, status: outcome }) => [name, outcome])).toEqual(
      DATASETS.mnist.files.map(({ name }) => [name, "downloaded"]),
    );
  });

  test("without a folder named, a set that is there already is not fetched again", async () => {
    const found = await findFiles(DATASETS.mnist, DATASETS.mnist.files);
    const result = await fetchDataset("mnist", { mirrors: ["http://127.0.0.1:1/"] });
    expect(result.folder).toBe(join(found!.place.folder, "mnist"));
    expect(result.files.every(({ status: outcome }) => outcome === "present")).toBe(true);
  });
});

describeWithData("coil-20", "with COIL-20 at hand", () => {
  test("the zip is accepted for its pictures; a damaged one is not", async () => {
    const found = await findFiles(DATASETS["coil-20"], DATASETS["coil-20"].files);
    const zip = await readFile(found!.paths[0]!);
    const damaged = Uint8Array.from(zip, (byte, index) => (index === 5_000_000 ? byte ^ 1 : byte));
    const wrong = await serve(ranged(damaged));
    const right = await serve(ranged(zip));
    const result = await fetchDataset("coil-20", {
      dataDir,
      mirrors: [wrong.url, right.url],
      retryDelayMs: 1,
    });
    expect(wrong.ranges).toEqual([""]);
    expect(right.ranges).toEqual([""]);
    await access(result.files[0]!.path);
    expect(sha256(await readFile(result.files[0]!.path))).toBe(sha256(zip));
  });
});

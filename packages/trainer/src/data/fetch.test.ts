/** Fetching a data set: progress, going on where it stopped, folders, names, and the real sets. */

import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, FolderInUseError, InterruptedError, UnknownNameError } from "@mmgan/core";
import { lockFolder } from "@mmgan/node-io";
import { expect, test, vi } from "vitest";
import { DATASETS } from "./catalogue.js";
import { type FetchProgress, fetchDataset } from "./fetch.js";
import { findFiles } from "./locate.js";
import { describeWithData } from "./testing.js";
import {
  dataDir,
  droppingAfter,
  fetchFrom,
  file,
  folderNow,
  NAME,
  ranged,
  serve,
  sha256,
  stored,
} from "./testing-mirrors.js";

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

test("a folder in the place of a file is an error that names it", async () => {
  const { url } = await serve(ranged(file));
  const path = join(dataDir, "mnist", NAME);
  await mkdir(join(path, "inside"), { recursive: true });
  const error = await fetchFrom([url]).catch((cause) => cause);
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain(`a writable path but received ${path}: `);
});

test("a folder in the place of a part is an error that names it", async () => {
  const { url } = await serve(ranged(file));
  const part = join(dataDir, "mnist", `${NAME}.part`);
  await mkdir(part, { recursive: true });
  const error = await fetchFrom([url]).catch((cause) => cause);
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain(part);
});

/** Fetching from servers that fail, lie, fall silent or unpack on the way. */

import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DownloadError } from "@mmgan/core";
import { expect, test } from "vitest";
import { findFiles } from "./locate.js";
import {
  closeNewest,
  content,
  dataDir,
  fetchFrom,
  file,
  folderNow,
  info,
  NAME,
  ranged,
  serve,
  sha256,
  status,
  stored,
} from "./testing-mirrors.js";

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
  closeNewest();
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

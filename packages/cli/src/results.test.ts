import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError } from "@mmgan/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { errorsPathFor, openResults } from "./results.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-results-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("writes CSV with one head and quotes what needs it", async () => {
  const path = join(folder, "r.csv");
  const results = await openResults(path);
  await results.row({ path: 'a,"b".png', cluster: 3 });
  await results.row({ path: "c.png", cluster: 0 });
  await results.error({ path: "d.png", code: "E_IMAGE", reason: "empty" });
  expect(await results.commit()).toEqual({ rows: 2, errors: 1 });
  expect(await readFile(path, "utf8")).toBe('path,cluster\n"a,""b"".png",3\nc.png,0\n');
  expect(await readFile(join(folder, "r.errors.jsonl"), "utf8")).toBe(
    '{"path":"d.png","code":"E_IMAGE","reason":"empty"}\n',
  );
});

it("writes JSON Lines and removes the errors list of an earlier run", async () => {
  const path = join(folder, "r.JSONL");
  await writeFile(errorsPathFor(path), "old\n");
  const results = await openResults(path);
  await results.row({ path: "a.png", cluster: 1 });
  await results.commit();
  expect(await readFile(path, "utf8")).toBe('{"path":"a.png","cluster":1}\n');
  expect(await readdir(folder)).toEqual(["r.JSONL"]);
});

it("leaves old results alone when aborted", async () => {
  const path = join(folder, "r.csv");
  await writeFile(path, "old");
  const results = await openResults(path);
  await results.row({ path: "a.png" });
  await results.error({ path: "b.png", code: "E_IMAGE", reason: "empty" });
  await results.abort();
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["r.csv"]);
});

it("refuses other extensions", async () => {
  await expect(openResults(join(folder, "r.txt"))).rejects.toThrow(ArgumentError);
  await expect(openResults(join(folder, "r.txt"))).rejects.toThrow(
    /^Expected a file name ending in \.csv or \.jsonl for --out but received .*r\.txt\.$/,
  );
});

it("names the errors list of an earlier run that is a folder, and leaves old results alone", async () => {
  const path = join(folder, "r.csv");
  await writeFile(path, "old");
  await mkdir(errorsPathFor(path));
  const results = await openResults(path);
  await results.row({ path: "a.png" });
  const error = await results.commit().catch((cause) => cause);
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain(`a writable path but received ${errorsPathFor(path)}: it is a folder`);
  await results.abort();
  expect(await readFile(path, "utf8")).toBe("old");
});

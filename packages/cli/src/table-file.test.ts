import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError } from "@mmgan/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTable } from "./table-file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-table-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("writes CSV with one head and quotes what needs it", async () => {
  const path = join(folder, "t.csv");
  const table = await openTable(path);
  await table.row({ name: 'a,"b"', x: 0.5 });
  await table.row({ name: "c", x: -1 });
  await table.commit();
  expect(await readFile(path, "utf8")).toBe('name,x\n"a,""b""",0.5\nc,-1\n');
});

it("writes JSON Lines, its extension in any case", async () => {
  const path = join(folder, "t.JSONL");
  const table = await openTable(path);
  await table.row({ name: "a", x: 1 });
  await table.commit();
  expect(await readFile(path, "utf8")).toBe('{"name":"a","x":1}\n');
});

it("leaves an old table alone when aborted", async () => {
  const path = join(folder, "t.csv");
  await writeFile(path, "old");
  const table = await openTable(path);
  await table.row({ x: 1 });
  await table.abort();
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["t.csv"]);
});

it("refuses other extensions", async () => {
  await expect(openTable(join(folder, "t.txt"))).rejects.toThrow(ArgumentError);
  await expect(openTable(join(folder, "t.txt"))).rejects.toThrow(
    /^Expected a file name ending in \.csv or \.jsonl for --out but received .*t\.txt\.$/,
  );
});

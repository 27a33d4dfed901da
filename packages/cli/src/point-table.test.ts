import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError } from "@mmgan/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openPointTable } from "./point-table.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-points-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("writes CSV with one head, and JSON Lines", async () => {
  for (const [name, text] of [
    ["p.csv", "cluster,x0\n3,0.5\n0,-1\n"],
    ["p.JSONL", '{"cluster":3,"x0":0.5}\n{"cluster":0,"x0":-1}\n'],
  ] as const) {
    const table = await openPointTable(join(folder, name));
    await table.row({ cluster: 3, x0: 0.5 });
    await table.row({ cluster: 0, x0: -1 });
    await table.commit();
    await table.abort();
    expect(await readFile(join(folder, name), "utf8")).toBe(text);
  }
});

it("leaves an old file alone when aborted", async () => {
  const path = join(folder, "p.csv");
  await writeFile(path, "old");
  const table = await openPointTable(path);
  await table.row({ cluster: 1 });
  await table.abort();
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["p.csv"]);
});

it("refuses other extensions", async () => {
  await expect(openPointTable(join(folder, "p.txt"))).rejects.toThrow(ArgumentError);
  await expect(openPointTable(join(folder, "p.txt"))).rejects.toThrow(
    /^Expected a file name ending in \.csv or \.jsonl for --out but received .*p\.txt\.$/,
  );
});

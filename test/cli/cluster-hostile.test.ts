/** mmgan cluster on a folder of everything that goes wrong: each file is in the results or in the errors, once. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ResultRow } from "@mmgan/core";
import { readResults } from "@mmgan/results";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oddPictures, png, put } from "../../packages/node-io/src/testing/pictures.js";
import { mmgan, NOBODY, startMmgan, temporaryFolder } from "./mmgan.js";

let folder: string;
let remove: () => Promise<void>;
/** Path -> size, of what must have a row. */
const rows = new Map<string, string>();
/** Path -> code, of what must have an error. */
const errors = new Map<string, string>();

const SIZES: Record<string, string> = {
  "animated.gif": "8x8",
  "cmyk.jpg": "9x9",
  "16-bit.png": "9x9",
  "1x1.png": "1x1",
  "1x30000.png": "1x30000",
  "clear.webp": "9x9",
};
const CODES: Record<string, string> = {
  "cut.jpg": "E_IMAGE_CORRUPT",
  "empty.png": "E_IMAGE_EMPTY",
  "words.jpg": "E_IMAGE_FORMAT",
  "bomb.png": "E_IMAGE_SIZE",
};
const NAMES = [
  "with space.png",
  "it's.png",
  "é 😀.png",
  "a,b.png",
  "=cmd.png",
  "+1.png",
  "-1.png",
  "@sum.png",
];
/** What Windows allows in no name. */
const POSIX_NAMES = ['"quoted", twice.png', "line\nbreak.png", "return\r.png", "\ttab.png"];
const LONG = `${"d".repeat(200)}/${"e".repeat(200)}/${"f".repeat(200)}.png`;

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  chmodSync(folder, 0o777);
  const pics = join(folder, "pics");
  const { good, bad } = await oddPictures();
  put(pics, good);
  put(pics, bad);
  for (const name of Object.keys(good)) rows.set(name, SIZES[name] ?? "4x4");
  for (const name of Object.keys(bad)) errors.set(name, CODES[name]!);
  const plain = await png();
  const posix = process.platform !== "win32";
  // A folder with a picture's ending is a folder.
  for (const name of [...NAMES, ...(posix ? POSIX_NAMES : []), LONG, "x.png/inside.png"]) {
    put(pics, { [name]: plain });
    rows.set(name, "4x4");
  }
  put(pics, { "notes.txt": "not looked at", ".hidden.png": plain });
  if (!posix) return;
  execFileSync("mkfifo", [join(pics, "pipe.png")]);
  errors.set("pipe.png", "E_FILE_KIND");
  symlinkSync("..", join(pics, "x.png", "loop"));
  errors.set("x.png/loop", "E_LINK_LOOP");
  symlinkSync("nowhere.png", join(pics, "dangling.png"));
  errors.set("dangling.png", "E_FILE_MISSING");
  put(pics, { "closed.png": plain, "closed/a.png": plain });
  chmodSync(join(pics, "closed.png"), 0);
  chmodSync(join(pics, "closed"), 0);
  errors.set("closed.png", "E_FILE_PERMISSION");
  errors.set("closed", "E_FILE_PERMISSION");
  if (process.platform !== "linux") return;
  // caf\xe9: Latin-1.
  writeFileSync(Buffer.concat([Buffer.from(`${pics}/caf`), Buffer.of(0xe9), Buffer.from(".png")]), plain);
  errors.set("caf\\xe9.png", "E_FILE_NAME");
});
afterAll(async () => {
  if (process.platform !== "win32") chmodSync(join(folder, "pics", "closed"), 0o755);
  await remove();
});

/** As somebody whom permissions hold back. */
const cluster = (source: string, out: string) =>
  startMmgan(["cluster", source, "--model", "digits", "--out", out, "--follow-links", "--sha256"], {
    cwd: folder,
    uid: NOBODY,
  });

async function read(out: string) {
  const results = await readResults(join(folder, out));
  const found = { rows: [] as ResultRow[], errors: new Map<string, string>() };
  for await (const row of results.rows()) found.rows.push(row);
  for await (const { path, code, reason } of results.errors()) {
    expect(reason).not.toBe("");
    expect(found.errors.has(path), path).toBe(false);
    found.errors.set(path, code);
  }
  return found;
}

describe.each(["csv", "jsonl", "parquet"])("the hostile folder as %s", (format) => {
  it("has every file once, with its size or its code", async () => {
    const { code, stdout, stderr } = await cluster("pics", `r.${format}`).finished;
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`${rows.size} images in `);
    expect(stdout).toContain(`, ${errors.size} unreadable (see r.errors.jsonl)`);
    const found = await read(`r.${format}`);
    expect(found.rows.map(({ path, width, height }) => [path, `${width}x${height}`]).sort()).toEqual(
      [...rows].sort(),
    );
    expect([...found.errors].sort()).toEqual([...errors].sort());
  });
});

it("has no cell that a spreadsheet takes for a formula", async () => {
  const text = await readFile(join(folder, "r.csv"), "utf8");
  expect(text).toContain("\n./=cmd.png,");
  expect(text).not.toMatch(/(^|,)"?[=+@\t]/m);
  expect(text).not.toMatch(/(^|,)"?-(?!\d+(\.\d+)?(e-?\d+)?(,|$))/m);
});

it("tells what a list names and is not there, or is a folder", async () => {
  const running = cluster("-", "list.csv");
  running.process.stdin.end(`pics/plain.png\npics/gone.png\npics\npics/${"g".repeat(300)}.png\n`);
  expect((await running.finished).code).toBe(0);
  const { rows: found, errors: failed } = await read("list.csv");
  expect(found.map(({ path }) => path)).toEqual(["pics/plain.png"]);
  expect([...failed]).toEqual([
    ["pics/gone.png", "E_FILE_MISSING"],
    ["pics", "E_FILE_KIND"],
    [`pics/${"g".repeat(300)}.png`, "E_FILE_NAME"],
  ]);
});

it("takes pictures over --max-pixels and --max-bytes for errors", async () => {
  mkdirSync(join(folder, "sizes"));
  put(join(folder, "sizes"), { "4.png": await png(), "9.png": await png(7, 9, 9) });
  const limits = [
    ["--max-pixels", "80"],
    ["--max-bytes", `${(await png()).length}`],
  ];
  for (const limit of limits) {
    const args = ["cluster", "sizes", "--model", "digits", "--out", "s.csv", ...limit];
    expect((await mmgan(args, { cwd: folder })).code).toBe(0);
    const found = await read("s.csv");
    expect(found.rows.map(({ path }) => path)).toEqual(["4.png"]);
    expect([...found.errors]).toEqual([["9.png", "E_IMAGE_SIZE"]]);
  }
});

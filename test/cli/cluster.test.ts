/** mmgan cluster as a user runs it: sources, formats, names, what is refused. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodePng } from "@mmgan/node-io";
import { readResults } from "@mmgan/results";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, mmgan, startMmgan, temporaryFolder } from "./mmgan.js";
import { mustRun, tinyModel } from "./tiny.js";

const NAMES = ["1.png", "2.png", "10.png", "sub/3.png"];
let folder: string;
let remove: () => Promise<void>;
let bundle: string;

/** A grey 8x8 PNG of one value. */
const png = (value: number) =>
  encodePng({ count: 1, height: 8, width: 8, channels: 1, data: new Uint8Array(64).fill(value) });

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  ({ bundle } = await tinyModel(folder));
  await mkdir(join(folder, "pics", "sub"), { recursive: true });
  for (const [i, name] of NAMES.entries()) await writeFile(join(folder, "pics", name), await png(60 * i));
  await writeFile(join(folder, "pics", ".hidden.png"), await png(7));
});
afterAll(() => remove());

const cluster = (sources: readonly string[], out: string, ...more: string[]) =>
  mmgan(["cluster", ...sources, "--model", bundle, "--out", out, ...more], { cwd: folder });

/** The summary of a run that must do. */
async function summary(sources: readonly string[], out: string, ...more: string[]) {
  const finished = await cluster(sources, out, ...more, "--json");
  if (finished.code !== 0) throw new Error(finished.stderr);
  return JSON.parse(finished.stdout) as Record<string, unknown>;
}

async function rowsOf(out: string) {
  const rows = [];
  for await (const row of (await readResults(join(folder, out))).rows()) rows.push(row);
  return rows;
}
const pathsOf = async (out: string) => (await rowsOf(out)).map(({ path }) => path);

describe("results", () => {
  it("say the same in CSV, JSON Lines and Parquet, in natural order", async () => {
    expect(await summary(["pics"], "r.csv")).toMatchObject({ images: 4, errors: 0, known: 0 });
    await summary(["pics"], "s.jsonl");
    await summary(["pics"], "t.parquet");
    const rows = await rowsOf("r.csv");
    expect(rows.map(({ path }) => path)).toEqual(NAMES);
    expect(await rowsOf("s.jsonl")).toEqual(rows);
    expect(await rowsOf("t.parquet")).toEqual(rows);
    for (const row of rows) {
      expect(row).toMatchObject({ name: null, width: 8, height: 8 });
      // The tiny model has seen the digits: its centres came with the export.
      expect(row.distance).toBeGreaterThan(0);
      if (row.outlier) expect(row.percentile).toBe(100);
    }
  });

  it("of another format come out of the same run without reading a picture", async () => {
    await summary(["pics"], "u.csv");
    expect(await summary(["pics"], "u.jsonl", "--resume")).toMatchObject({ images: 4, known: 4 });
    expect(await rowsOf("u.jsonl")).toEqual(await rowsOf("u.csv"));
  });

  it("have SHA-256, probabilities and names where asked for; the names outlive --resume", async () => {
    await writeFile(join(folder, "names.json"), '{ "0": "nought", "1": "one", "2": "=two" }');
    const refused = await cluster(["pics"], "n.csv", "--names", "names.json");
    expect(refused.code).toBe(1);
    expect(lastLine(refused)).toMatch(/the name of cluster 2 in names\.json/);
    await writeFile(join(folder, "names.json"), '{ "0": "nought", "1": "one", "2": "two" }');
    await summary(["pics"], "n.csv", "--names", "names.json", "--sha256", "--probabilities");
    const rows = await rowsOf("n.csv");
    for (const row of rows) {
      expect(row.name).toBe(["nought", "one", "two"][row.cluster]);
      const bytes = await readFile(join(folder, "pics", row.path));
      expect(row.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
      expect(row.probabilities).toHaveLength(3);
      expect(Math.max(...row.probabilities!)).toBe(row.probability);
    }
    await summary(["pics"], "n.csv", "--sha256", "--probabilities", "--resume");
    expect(await rowsOf("n.csv")).toEqual(rows);
  });
});

it("makes the gallery of the results too, where asked for", async () => {
  const { gallery } = await summary(["pics"], "g.csv", "--gallery", "page");
  expect(gallery).toMatchObject({ pictures: 4, errors: 0, missing: 0, page: join("page", "index.html") });
  expect(await readdir(join(folder, "page"))).toContain("index.html");
  const { stdout } = await cluster(["pics"], "g.csv", "--resume", "--gallery", "page");
  expect(stdout).toMatch(
    /, 4 known from before .*g\.csv\n4 pictures in [123] clusters; open page.index\.html\n$/,
  );
});

describe("sources", () => {
  it("are folders, patterns, files and archives, each picture once", async () => {
    expect((await summary(["pics/*.png", "pics"], "a.csv")).images).toBe(4);
    expect(await pathsOf("a.csv")).toEqual(["pics/1.png", "pics/2.png", "pics/10.png", "pics/sub/3.png"]);
    spawnSync("tar", ["-czf", "pics.tgz", "pics/1.png", "pics/sub"], { cwd: folder });
    await summary(["pics.tgz", "pics/2.png"], "b.csv");
    expect(await pathsOf("b.csv")).toEqual(["pics.tgz/pics/1.png", "pics.tgz/pics/sub/3.png", "pics/2.png"]);
  });

  it("are lists on standard input", async () => {
    for (const [out, separator] of [
      ["l.csv", "\n"],
      ["m.csv", "\0"],
    ] as const) {
      const running = startMmgan(["cluster", "-", "--model", bundle, "--out", out], { cwd: folder });
      running.process.stdin.end(["pics/2.png", "pics/1.png", ""].join(separator));
      expect((await running.finished).stdout).toMatch(/^2 images in /m);
      expect(await pathsOf(out)).toEqual(["pics/2.png", "pics/1.png"]);
    }
    const empty = startMmgan(["cluster", "-", "--model", bundle, "--out", "none.csv"], { cwd: folder });
    empty.process.stdin.end();
    expect(lastLine(await empty.finished)).toMatch(/paths of images on standard input .*\(E_EMPTY_FOLDER\)$/);
    const mixed = await cluster(["-", "pics"], "none.csv");
    expect(lastLine(mixed)).toMatch(/Expected - alone, or other sources/);
    expect((await readdir(folder)).filter((name) => name.startsWith("none"))).toEqual([]);
  });

  it("leave hidden files out unless asked for", async () => {
    expect((await summary(["pics"], "h.csv")).leftOut).toEqual({ hidden: 1, links: 0 });
    await summary(["pics"], "h.csv", "--hidden");
    expect(await pathsOf("h.csv")).toEqual([".hidden.png", ...NAMES]);
  });
});

describe("refused", () => {
  it.each([
    [["--out", "r.txt"], /ending in \.csv, \.jsonl or \.parquet for --out but received r\.txt/, "E_ARGUMENT"],
    [["--background", "whit"], /a colour of CSS .* for --background but received whit/, "E_ARGUMENT"],
    [["--max-pixels", "0"], /for --max-pixels but received 0/, "E_ARGUMENT"],
    [["--names", "nowhere.json"], /a file of names for nowhere\.json/, "E_RESULTS"],
  ])("%j", async (args, message, code) => {
    const finished = await cluster(["pics"], "bad.csv", ...args);
    expect(finished.code).not.toBe(0);
    expect(lastLine(finished)).toMatch(message);
    expect(lastLine(finished)).toContain(`(${code})`);
    expect((await readdir(folder)).filter((name) => name.startsWith("bad."))).toEqual([]);
  });

  it("a run with another model or other options, saying which", async () => {
    await summary(["pics"], "o.csv");
    const before = await readFile(join(folder, "o.run.jsonl"));
    const model = await mmgan(
      ["cluster", "pics", "--model", "digits", "--out", "o.csv", "--resume", "--json"],
      { cwd: folder },
    );
    expect(model.code).toBe(1);
    expect(JSON.parse(model.stdout).error.code).toBe("E_RESUME");
    expect(lastLine(model)).toMatch(/made with other settings: model \(bundle [0-9a-f]{8}, now digits /);
    const option = await cluster(["pics"], "o.csv", "--resume", "--background", "white", "--sha256");
    expect(lastLine(option)).toMatch(
      /settings: background \(black, now white\), sha256 \(false, now true\)\./,
    );
    expect(await readFile(join(folder, "o.run.jsonl"))).toEqual(before);
  });
});

it("exits 1 when not one picture can be read, and says why in the list", async () => {
  await mkdir(join(folder, "words"));
  await writeFile(join(folder, "words", "a.jpg"), "words");
  const finished = await cluster(["words"], "w.csv");
  expect(finished.code).toBe(1);
  expect(finished.stdout).toMatch(/^0 images in 0 clusters, 1 unreadable \(see w\.errors\.jsonl\) on /);
  expect(await readFile(join(folder, "w.errors.jsonl"), "utf8")).toBe(
    '{"path":"a.jpg","code":"E_IMAGE_FORMAT","reason":"it is not a picture of a supported format"}\n',
  );
  await mustRun(["cluster", join(folder, "pics"), "--model", bundle, "--out", join(folder, "w.csv")]);
  expect(await readdir(folder)).not.toContain("w.errors.jsonl");
});

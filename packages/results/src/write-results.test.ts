import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, type ResultRow } from "@mmgan/core";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readResults } from "./read-results.js";
import { errorsPathFor, FORMATS } from "./results-file.js";
import { openResults, type WriteOptions } from "./write-results.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

const INFO = { schema: "1.0.0", model: { name: "shoes", sha256: "ab", clusters: 3 }, root: "/photos" };
const ROW: ResultRow = {
  path: "a.png",
  cluster: 1,
  name: null,
  probability: Math.fround(0.7), // 0.699999988079071
  margin: 0.5,
  entropy: 0.25,
  distance: 2,
  percentile: 12.5,
  outlier: false,
  width: 640,
  height: 480,
  bytes: 1234,
};
const WITHOUT_CENTRES = { ...ROW, distance: null, percentile: null, outlier: null };
const ERROR = { path: "d.png", code: "E_IMAGE_EMPTY", reason: "it is empty (0 bytes)" };

async function write(path: string, rows: readonly ResultRow[], options: Partial<WriteOptions> = {}) {
  const results = await openResults(path, { info: INFO, ...options });
  for (const row of rows) await results.row(row);
  return results.commit();
}

async function rowsOf(path: string): Promise<ResultRow[]> {
  const found: ResultRow[] = [];
  for await (const row of (await readResults(path)).rows()) found.push(row);
  return found;
}

describe("the text of", () => {
  it("CSV: one head, empty cells for null, what needs quotes in quotes, no formulas", async () => {
    const path = join(folder, "r.csv");
    const rows = [
      ROW,
      { ...WITHOUT_CENTRES, cluster: 2, path: 'a, "b"\r.png' },
      ...["=1+1.png", "+1.png", "-1.png", "@x.png", "\tx.png"].map((name) => ({ ...ROW, path: name })),
      { ...ROW, path: "deep/=1.png" },
    ];
    await write(path, rows, { names: { 1: "boots, high" } });
    const rest = '1,"boots, high",0.7,0.5,0.25,2,12.5,false,640,480,1234';
    expect(await readFile(path, "utf8")).toBe(
      [
        "path,cluster,name,probability,margin,entropy,distance,percentile,outlier,width,height,bytes",
        `a.png,${rest}`,
        '"a, ""b""\r.png",2,,0.7,0.5,0.25,,,,640,480,1234',
        ...["./=1+1.png", "./+1.png", "./-1.png", "./@x.png", "./\tx.png"].map((name) => `${name},${rest}`),
        `deep/=1.png,${rest}`,
        "",
      ].join("\n"),
    );
  });

  it("JSON Lines: the columns in order, null for what is not known", async () => {
    const path = join(folder, "r.jsonl");
    await write(path, [WITHOUT_CENTRES]);
    expect(await readFile(path, "utf8")).toBe(
      '{"path":"a.png","cluster":1,"name":null,"probability":0.7,"margin":0.5,"entropy":0.25,"distance":null,' +
        '"percentile":null,"outlier":null,"width":640,"height":480,"bytes":1234}\n',
    );
  });

  it("Parquet: the run and the names in the metadata, and a row group for every 65,536 rows", async () => {
    const path = join(folder, "r.parquet");
    await write(path, new Array<ResultRow>(65_537).fill(ROW), { names: { 1: "boots" } });
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([65_536, 1]);
    expect(metadata.key_value_metadata).toEqual([
      { key: "mmgan.run", value: JSON.stringify(INFO) },
      { key: "mmgan.names", value: '{"1":"boots"}' },
    ]);
    // Alone, without the files beside it, it still knows.
    await rm(join(folder, "r.names.json"));
    const alone = await readResults(path);
    expect(alone.info).toEqual(INFO);
    expect(alone.names).toEqual({ 1: "boots" });
  });
});

describe.each(FORMATS)("%s", (format) => {
  it("gives back what was written, with and without the columns asked for", async () => {
    const path = join(folder, `r.${format}`);
    const rows = [
      { ...ROW, bytes: 2 ** 40, sha256: "ab".repeat(32), probabilities: [0.1, 0.7, 0.2] },
      { ...WITHOUT_CENTRES, path: "=1\n.png", sha256: "cd".repeat(32), probabilities: [1, 0, 1e-30] },
    ];
    await write(path, rows, { sha256: true, probabilities: 3, names: { 1: "boots" } });
    expect(await rowsOf(path)).toEqual(rows.map((row) => ({ ...row, name: "boots", probability: 0.7 })));
    await write(path, rows);
    const plain = rows.map(({ sha256, probabilities, ...row }) => ({ ...row, probability: 0.7 }));
    expect(await rowsOf(path)).toEqual(plain);
  });

  it("gives the same bytes again, and a file without rows that reads back", async () => {
    const [a, b] = [join(folder, `a.${format}`), join(folder, `b.${format}`)];
    await write(a, [ROW, WITHOUT_CENTRES]);
    await write(b, [ROW, WITHOUT_CENTRES]);
    expect(await readFile(a)).toEqual(await readFile(b));
    await write(a, []);
    expect(await rowsOf(a)).toEqual([]);
  });
});

describe("files beside", () => {
  it("are the errors and the names, and those of an earlier run go", async () => {
    const path = join(folder, "r.JSONL");
    const results = await openResults(path, { info: INFO, names: { 0: "sandals" } });
    await results.row(ROW);
    await results.error(ERROR);
    expect(await results.commit()).toEqual({ rows: 1, errors: 1 });
    expect(await readFile(errorsPathFor(path), "utf8")).toBe(`${JSON.stringify(ERROR)}\n`);
    expect(await readFile(join(folder, "r.names.json"), "utf8")).toBe('{\n  "0": "sandals"\n}\n');
    await write(path, [ROW]);
    expect(await readdir(folder)).toEqual(["r.JSONL"]);
  });

  it("leave with the old results when it is aborted", async () => {
    const path = join(folder, "r.csv");
    await writeFile(path, "old");
    const results = await openResults(path, { info: INFO });
    await results.row(ROW);
    await results.error(ERROR);
    await results.abort();
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["r.csv"]);
  });

  it("stop the commit where one cannot be removed, and the old results stay", async () => {
    const path = join(folder, "r.csv");
    await writeFile(path, "old");
    await mkdir(errorsPathFor(path));
    const error = await write(path, [ROW]).catch((cause) => cause);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain(`a writable path but received ${errorsPathFor(path)}: it is a folder`);
    expect(await readFile(path, "utf8")).toBe("old");
  });
});

describe("refused", () => {
  it("another extension", async () => {
    const error = await openResults(join(folder, "r.txt"), { info: INFO }).catch((cause) => cause);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(/\.csv, \.jsonl or \.parquet .*r\.txt\.$/);
  });

  it.each([
    [{ 3: "x" }, "a cluster from 0 to 2 for names but received 3"],
    [{ 0: "=x" }, "begins with none of = + - @"],
    [{ 0: "" }, "text of 1 to 100 characters"],
    [{ 0: "a\nb" }, "without line breaks"],
    [{ 0: "x".repeat(101) }, "text of 1 to 100 characters"],
  ])("names %j", async (names, message) => {
    const error = await openResults(join(folder, "r.csv"), { info: INFO, names }).catch((cause) => cause);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain(message);
    expect(await readdir(folder)).toEqual([]);
  });
});

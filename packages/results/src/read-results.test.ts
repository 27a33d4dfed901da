import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, type ResultRow, ResultsError } from "@mmgan/core";
import { parquetWriteFile } from "hyparquet-writer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readResults } from "./read-results.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-read-"));
});
afterEach(() => rm(folder, { recursive: true }));

const ROWS: ResultRow[] = [
  {
    path: 'a, "b"\n.png',
    cluster: 3,
    name: "sneakers, low",
    probability: 0.75,
    margin: 0.5,
    entropy: 0.5625,
    distance: 1.5,
    percentile: 99.5,
    outlier: true,
    width: 640,
    height: 480,
    bytes: 5_000_000_000,
  },
  {
    path: "=cmd.png",
    cluster: 0,
    name: null,
    probability: 0.1, // no float32 is 0.1 exactly
    margin: 0,
    entropy: 0,
    distance: null,
    percentile: null,
    outlier: null,
    width: 1,
    height: 1,
    bytes: 68,
  },
];
const HEAD = "path,cluster,name,probability,margin,entropy,distance,percentile,outlier,width,height,bytes";
const CSV = `${HEAD}
"a, ""b""
.png",3,"sneakers, low",0.75,0.5,0.5625,1.5,99.5,true,640,480,5000000000
./=cmd.png,0,,0.1,0,0,,,,1,1,68
`;
const RUN = { schema: "1.0.0", model: { name: "digits", sha256: "ab", clusters: 10 }, root: "/photos" };

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.fail("it was to fail"),
    (error: Error) => error,
  );

describe("rows", () => {
  it("are those of the CSV, with formulas disarmed there alone", async () => {
    const results = await readResults(await write("r.csv", CSV));
    expect(await all(results.rows())).toEqual(ROWS);
    expect(await all(results.rows())).toEqual(ROWS); // each call reads from the start
  });

  it("survive a spreadsheet: a byte order mark, CRLF, TRUE in capitals, another order, a further column", async () => {
    const path = await write(
      "r.csv",
      "\ufeffcluster,path,mine,name,probability,margin,entropy,distance,percentile,outlier,width,height,bytes\r\n" +
        "3,a.png,x,,1,1,0,2,50,FALSE,8,8,70\r\n",
    );
    const [row] = await all((await readResults(path)).rows());
    expect(row).toMatchObject({ path: "a.png", cluster: 3, outlier: false, percentile: 50 });
    expect(row).not.toHaveProperty("mine");
  });

  it("are those of the JSON Lines, also with a line separator in a name", async () => {
    const rows = [...ROWS, { ...ROWS[1]!, path: "line\u2028separator\r.png" }];
    const results = await readResults(
      await write("r.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join("")),
    );
    expect(await all(results.rows())).toEqual(rows);
  });

  it("are those of the Parquet, group by group, as a float32 column holds them", async () => {
    const path = join(folder, "r.PARQUET");
    const column = (name: keyof ResultRow) => ROWS.map((row) => row[name] ?? null) as unknown[];
    parquetWriteFile({
      filename: path,
      rowGroupSize: 1,
      columnData: [
        { name: "path", data: column("path"), type: "STRING" },
        { name: "cluster", data: column("cluster"), type: "INT32" },
        { name: "name", data: column("name"), type: "STRING" },
        { name: "probability", data: column("probability"), type: "FLOAT" },
        { name: "margin", data: column("margin"), type: "FLOAT" },
        { name: "entropy", data: column("entropy"), type: "FLOAT" },
        { name: "distance", data: column("distance"), type: "FLOAT" },
        { name: "percentile", data: column("percentile"), type: "FLOAT" },
        { name: "outlier", data: column("outlier"), type: "BOOLEAN" },
        { name: "width", data: column("width"), type: "INT32" },
        { name: "height", data: column("height"), type: "INT32" },
        { name: "bytes", data: (column("bytes") as number[]).map(BigInt), type: "INT64" },
      ],
    });
    expect(await all((await readResults(path)).rows())).toEqual(ROWS);
  });

  it("bring sha256 and probabilities where the file has them", async () => {
    const path = await write(
      "r.csv",
      `${HEAD},sha256,p0,p1\na.png,0,,0.75,0.5,0.5,,,,8,8,70,${"0".repeat(64)},0.75,0.25\n`,
    );
    const [row] = await all((await readResults(path)).rows());
    expect(row).toMatchObject({ sha256: "0".repeat(64), probabilities: [0.75, 0.25] });
  });
});

describe("what the run knew", () => {
  it("is there beside the results: model, root, names, errors", async () => {
    const path = await write("r.csv", CSV);
    await write("r.run.jsonl", `${JSON.stringify({ ...RUN, options: {} })}\n{"path":"torn`);
    await write("r.names.json", '{ "3": "sneakers, low", "7": "never seen" }');
    await write(
      "r.errors.jsonl",
      '{"path":"b.png","code":"E_IMAGE_EMPTY","reason":"it is empty (0 bytes)"}\n',
    );
    const results = await readResults(path);
    expect(results.info).toEqual(RUN);
    expect(results.names).toEqual({ 3: "sneakers, low", 7: "never seen" });
    expect(await all(results.errors())).toEqual([
      { path: "b.png", code: "E_IMAGE_EMPTY", reason: "it is empty (0 bytes)" },
    ]);
    expect(results.fileOf({ path: "x/y.png" })).toBe(join("/photos", "x", "y.png"));
    const moved = await readResults(path, { root: "/elsewhere" });
    expect(moved.fileOf({ path: "x/y.png" })).toBe(join("/elsewhere", "x", "y.png"));
  });

  it("may be gone: names come from the rows, and there are no errors", async () => {
    const results = await readResults(await write("r.csv", CSV));
    expect(results.info).toBeNull();
    expect(results.names).toEqual({ 3: "sneakers, low" });
    expect(await all(results.errors())).toEqual([]);
  });
});

describe("bad files", () => {
  // Without it names are gathered from the rows, and a bad one shows before it is asked for.
  beforeEach(() => write("r.run.jsonl", `${JSON.stringify(RUN)}\n`));

  it("a missing file, and another extension", async () => {
    const missing = await failure(readResults(join(folder, "r.csv")));
    expect(missing).toBeInstanceOf(ResultsError);
    expect(missing.message).toMatch(/r\.csv but it does not exist/);
    const other = await failure(readResults(join(folder, "r.txt")));
    expect(other).toBeInstanceOf(ArgumentError);
    expect(other.message).toMatch(/\.csv, \.jsonl or \.parquet .*r\.txt/);
  });

  it.each([
    ["a cluster that is no number", CSV.replace(",3,", ",three,"), /cluster of line 3 of .*r\.csv.*three/],
    ["a missing column", "path,cluster\na.png,1\n", /probability of line 2 of .*received nothing/],
    ["a row cut short", `${HEAD}\na.png,1,,0.5\n`, /no CSV as mmgan writes it: .*line 2/],
    ["a quote that never ends", `${HEAD}\n"a.png,1`, /no CSV as mmgan writes it/],
    ["a row without a path", CSV.replace("./=cmd.png", ""), /path of line 4 /],
  ])("%s", async (_, text, message) => {
    const error = await failure(all((await readResults(await write("r.csv", text))).rows()));
    expect(error).toBeInstanceOf(ResultsError);
    expect((error as ResultsError).code).toBe("E_RESULTS");
    expect(error.message).toMatch(message);
  });

  it("a line that is no JSON", async () => {
    const path = await write("r.jsonl", `${JSON.stringify(ROWS[0])}\n[1]\n`);
    const error = await failure(all((await readResults(path)).rows()));
    expect(error).toBeInstanceOf(ResultsError);
    expect(error.message).toMatch(/line 2 of .*r\.jsonl but received \[1\]/);
  });

  it("what is no Parquet", async () => {
    const error = await failure(readResults(await write("r.parquet", "path,cluster")));
    expect(error).toBeInstanceOf(ResultsError);
    expect(error.message).toMatch(/r\.parquet is no Parquet file/);
  });

  it("a run of a newer schema", async () => {
    const path = await write("r.csv", CSV);
    await write("r.run.jsonl", `${JSON.stringify({ ...RUN, schema: "2.0.0" })}\n`);
    const error = await failure(readResults(path));
    expect(error).toBeInstanceOf(ResultsError);
    expect(error.message).toMatch(/schema 1\.x for .*r\.run\.jsonl but received 2\.0\.0.*Update mmgan/);
  });

  it.each([
    ['{ "3": "=cmd" }', /cluster 3 in .*r\.names\.json/],
    ['{ "three": "x" }', /number of a cluster for .*three/],
    ["[]", /an object such as/],
    ["{", /r\.names\.json cannot be read/],
  ])("names that are none: %s", async (names, message) => {
    const path = await write("r.csv", CSV);
    await write("r.names.json", names);
    expect((await failure(readResults(path))).message).toMatch(message);
  });
});

/** Results looked through, named, corrected and sorted, as a user does. */

import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Rng } from "@mmgan/core";
import { encodePng } from "@mmgan/node-io";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, mmgan, temporaryFolder } from "./mmgan.js";
import { mustRun } from "./tiny.js";

const SIDE = 28;
const COUNT = 6;

let folder: string;
let remove: () => Promise<void>;
let results: string;
let pictures: string;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  pictures = join(folder, "pictures");
  await mkdir(pictures);
  for (let i = 0; i < COUNT; i++) await writeFile(join(pictures, `${i}.png`), await picture(i));
  await copyFile(join(pictures, "0.png"), join(pictures, "again.png"));
  await writeFile(join(pictures, "near.png"), await picture(1, 1));
  await writeFile(join(pictures, "text.png"), "no picture");
  results = join(folder, "results.csv");
  await mustRun(["cluster", pictures, "--model", "mnist", "--out", results]);
});
afterAll(() => remove());

/** Strokes at random places; `more` lightens one pixel. */
function picture(seed: number, more = 0): Promise<Uint8Array> {
  const [x, y, tilt] = new Rng({ seed, stream: "test/strokes" }).uniform(3) as unknown as [
    number,
    number,
    number,
  ];
  const data = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    const off =
      Math.abs(column - 8 - 10 * x - (row - 14) * (tilt - 0.5)) + Math.max(0, Math.abs(row - 14) - 6 - 5 * y);
    return Math.max(0, 255 - 90 * off);
  });
  data[0] = more;
  return encodePng({ count: 1, height: SIDE, width: SIDE, channels: 1, data });
}

const json = async (...args: string[]) => JSON.parse((await mustRun([...args, "--json"])).stdout);
const columns = async (path: string) =>
  new Map(
    (await readFile(path, "utf8"))
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","))
      .map(([name, cluster, called]) => [name!, { cluster: Number(cluster), name: called }]),
  );

describe("results", () => {
  it("get names, which the command says and the rows hold", async () => {
    const { cluster } = (await columns(results)).get("0.png")!;
    const { stdout } = await mustRun(["name", results, `${cluster}=thin strokes`]);
    expect(stdout).toMatch(/thin strokes\n.*results\.csv: 1 clusters have a name\n$/);
    expect((await columns(results)).get("again.png")).toEqual({ cluster, name: "thin strokes" });
    expect(lastLine(await mmgan(["name", results, "3"]))).toMatch(/CLUSTER=NAME.*E_ARGUMENT/);
    expect(lastLine(await mmgan(["name", results]))).toMatch(/CLUSTER=NAME.*received nothing.*E_ARGUMENT/);
  });

  it("tell outliers", async () => {
    const found = await json("outliers", results, "--top", "3");
    expect(found).toMatchObject({ measure: "distance" });
    expect(found.pictures).toHaveLength(3);
    const { stdout } = await mustRun(["outliers", results, "--top", "2"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(4);
  });

  it("tell duplicates: equal files, and near ones with the model", async () => {
    expect(await json("duplicates", results)).toMatchObject({
      groups: [{ kind: "equal", paths: ["0.png", "again.png"], distance: 0 }],
      spare: 1,
    });
    const { groups } = await json("duplicates", results, "--model", "mnist");
    const found = (groups as { kind: string; paths: string[] }[]).map(({ kind, paths }) => [kind, ...paths]);
    expect(found).toContainEqual(["near", "1.png", "near.png"]);
    expect(found).toContainEqual(["equal", "0.png", "again.png"]);
  });

  it("become a report with plots", async () => {
    const out = join(folder, "report");
    const summary = await json("report", results, "--out", out);
    expect(summary).toMatchObject({ images: COUNT + 2, errors: { E_IMAGE_FORMAT: 1 } });
    expect((summary.certainty as number[]).reduce((sum, n) => sum + n)).toBe(COUNT + 2);
    expect((await readdir(out)).sort()).toEqual(
      ["certainty.png", "certainty.svg", "report.html", "report.md", "sizes.png", "sizes.svg"].sort(),
    );
    const page = await readFile(join(out, "report.md"), "utf8");
    expect(page).toContain(`# results.csv: ${COUNT + 2} pictures in`);
    expect(page).toMatch(/\| thin strokes \|/);
    expect(page).toContain("Not clustered: 1 E\\_IMAGE\\_FORMAT.");
    expect((await readFile(join(out, "sizes.svg"), "utf8")).startsWith("<svg")).toBe(true);
  });

  it("take corrections, and become folders that can be undone", async () => {
    const before = await columns(results);
    const { cluster } = before.get("2.png")!;
    const other = (cluster + 1) % 10;
    const corrections = join(folder, "corrections.json");
    await writeFile(
      corrections,
      JSON.stringify({
        schema: "1.0.0",
        names: { [other]: "moved" },
        moves: [{ path: "2.png", cluster: other }],
      }),
    );
    const sorted = join(folder, "sorted");
    const applied = await json("apply", corrections, results, "--copy-to", sorted);
    expect(applied).toMatchObject({ moved: 1, rows: COUNT + 2, sorted: { pictures: COUNT + 2 } });
    expect((await columns(applied.out)).get("2.png")).toEqual({ cluster: other, name: "moved" });
    expect(await columns(results)).toEqual(before);
    expect(await readdir(join(sorted, "moved"))).toContain("2.png");
    const { stdout } = await mustRun(["sort", "--undo", join(sorted, "mmgan-sort.jsonl")]);
    expect(stdout).toBe(`${COUNT + 2} copies removed\n`);
    expect(await readdir(folder)).not.toContain("sorted");
  });

  it("move pictures only when told so", async () => {
    const to = join(folder, "moved");
    const before = await readdir(pictures);
    expect(lastLine(await mmgan(["sort", results, "--move-to", to]))).toMatch(/--yes.*E_ARGUMENT/);
    expect(await readdir(pictures)).toEqual(before);
    await mustRun(["sort", results, "--move-to", to, "--yes"]);
    expect(await readdir(pictures)).toEqual(["text.png"]);
    await mustRun(["sort", "--undo", join(to, "mmgan-sort.jsonl")]);
    expect((await readdir(pictures)).sort()).toEqual(before.sort());
  });

  it.each([
    [["sort"], /--copy-to, --link-to, --move-to, or --undo.*E_ARGUMENT/],
    [["outliers", "nowhere.csv"], /nowhere\.csv but it does not exist.*E_RESULTS/],
    [["apply", "nowhere.json", "nowhere.csv"], /nowhere\.json but it cannot be read.*E_RESULTS/],
  ])("%j is refused", async (args, message) => {
    expect(lastLine(await mmgan(args))).toMatch(message);
  });
});

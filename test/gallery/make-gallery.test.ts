/** `makeGallery` and `mmgan gallery`: what they write, what they refuse, and what they leave behind. */

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { ArgumentError, FolderInUseError, InterruptedError, ResultsError } from "@mmgan/core";
import { makeGallery } from "@mmgan/gallery";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mmgan } from "../cli/mmgan.js";
import { mustRun } from "../cli/tiny.js";
import { makeTinyBundle } from "../tiny-bundle.js";
import { buildPage } from "./build-page.js";
import { makeResults, pathOf } from "./made-results.js";
import { packPictures } from "./pack-pictures.js";

let folder = "";
let results = "";
let photos = "";
let out = "";
let galleries = 0;

beforeAll(async () => {
  buildPage();
  folder = await mkdtemp(join(tmpdir(), "mmgan-make-gallery-"));
  ({ results, photos } = await makeResults(folder));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  out = join(folder, `galleries/${galleries++}`);
});

/** What a script of the gallery hands to the page. */
async function record(name: string): Promise<Record<string, unknown>> {
  const seen: unknown[] = [];
  const script = await readFile(join(out, `data/${name}.js`), "utf8");
  runInNewContext(script, { mmganGallery: (...given: unknown[]) => seen.push(...given) });
  expect(seen[0]).toBe(name);
  return JSON.parse(JSON.stringify(seen[1])) as Record<string, unknown>;
}

const files = async (): Promise<string[]> =>
  (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
    .sort();

const PAGE = ["gallery.css", "gallery.js", "index.html"];
const DATA = ["data/about.js", "data/errors.js", "data/probabilities-0.js", "data/rows-0.js"];

describe("makeGallery", () => {
  it("writes the page, its records and its sheets, and says what is in them", async () => {
    const summary = await makeGallery(results, out);
    expect(summary).toEqual({
      folder: out,
      page: join(out, "index.html"),
      pictures: 150,
      rows: 150,
      clusters: 2,
      errors: 3,
      missing: 0,
      sheets: 2,
    });
    expect(await files()).toEqual([...DATA, ...PAGE, "sheets/0.webp", "sheets/1.webp"]);
    expect(await record("about")).toMatchObject({
      title: "photos",
      model: { name: "made-up" },
      results: "results.csv",
      clusters: 3,
      names: { "1": "cups" },
      sizes: [120, 30, 0],
      starts: [0, 120, 150, 150],
      outliers: 2,
      failed: [],
      errors: { E_IMAGE_EMPTY: 2, E_IMAGE_FORMAT: 1 },
      originals: { kind: "linked", relative: "../../photos/" },
    });
    const { path, position, probability } = await record("rows-0");
    expect((path as string[]).slice(118, 122)).toEqual([
      pathOf(0, 118),
      pathOf(0, 119),
      pathOf(1, 0),
      pathOf(1, 1),
    ]);
    // The file was written from the last row to the first.
    expect((position as number[])[0]).toBe(149);
    expect((probability as number[])[119]).toBe(0.7025);
  });

  it("gives the same bytes for the same results", async () => {
    const hash = async () => {
      const all = createHash("sha256");
      for (const file of await files()) all.update(file).update(await readFile(join(out, file)));
      return all.digest("hex");
    };
    await makeGallery(results, out);
    const first = await hash();
    await makeGallery(results, out);
    expect(await hash()).toBe(first);
  });

  it("replaces an older gallery whole, and nothing else", async () => {
    await makeGallery(results, out, { originals: "copy" });
    expect(await files()).toContain("originals/0/0.png");
    await makeGallery(results, out, { originals: "none" });
    expect(await files()).toEqual([...DATA, ...PAGE, "sheets/0.webp", "sheets/1.webp"]);
    await writeFile(join(out, "notes.txt"), "mine");
    await expect(makeGallery(results, out)).rejects.toThrow(FolderInUseError);
    expect(await readFile(join(out, "notes.txt"), "utf8")).toBe("mine");
  });

  it("copies originals byte by byte", async () => {
    await makeGallery(results, out, { originals: "copy" });
    const { copy } = await record("rows-0");
    expect((copy as string[])[120]).toBe("0/120.png");
    expect(await readFile(join(out, "originals/0/120.png"))).toEqual(
      await readFile(join(photos, pathOf(1, 0))),
    );
  });

  it("shows of large clusters the most typical and the least certain, and says how many there are", async () => {
    const { pictures, rows } = await makeGallery(results, out, { limit: 10 });
    expect([pictures, rows]).toEqual([20, 150]);
    expect(await record("about")).toMatchObject({ sizes: [120, 30, 0], starts: [0, 10, 20, 20], limit: 10 });
    expect(((await record("rows-0")).path as string[]).slice(0, 10)).toEqual(
      [0, 1, 2, 3, 4, 115, 116, 117, 118, 119].map((i) => pathOf(0, i)),
    );
  });

  it("goes on without pictures that are gone or damaged, and names them", async () => {
    const other = join(folder, "other");
    const made = await makeResults(other);
    await unlink(join(made.photos, pathOf(0, 7)));
    await writeFile(join(made.photos, pathOf(1, 2)), "no picture any more");
    const { missing } = await makeGallery(made.results, out);
    expect(missing).toBe(2);
    expect((await record("about")).failed).toEqual([
      [7, expect.any(String)],
      [122, expect.any(String)],
    ]);
    expect((await makeGallery(results, out, { root: made.photos })).missing).toBe(2);
  });

  it.each(["zip", "tar.gz"])("shows pictures that lie in a .%s, by the sheets alone", async (kind) => {
    const other = join(folder, `archived.${kind}`);
    const made = await makeResults(other);
    const archive = join(other, `photos.${kind}`);
    await packPictures(made.photos, archive, kind);
    await rm(made.photos, { recursive: true });
    const csv = await readFile(made.results, "utf8");
    const inside = csv.replace(/^(?!path,)("?)/gm, `$1photos.${kind}/`);
    await writeFile(made.results, inside.replace(/\n\S*\/$/, "\n"));
    await makeGallery(results, out);
    const sheets = await Promise.all(["0", "1"].map((n) => readFile(join(out, `sheets/${n}.webp`))));
    const summary = await makeGallery(made.results, out, { root: other });
    expect(summary).toMatchObject({ pictures: 150, missing: 0 });
    expect(await Promise.all(["0", "1"].map((n) => readFile(join(out, `sheets/${n}.webp`))))).toEqual(sheets);
    expect(await files()).toEqual([...DATA, ...PAGE, "sheets/0.webp", "sheets/1.webp"]);
    await unlink(archive);
    expect((await makeGallery(made.results, out, { root: other })).missing).toBe(150);
  });

  it("that is stopped leaves nothing", async () => {
    await mkdir(join(folder, "galleries"), { recursive: true });
    const before = await readdir(join(folder, "galleries"));
    const controller = new AbortController();
    const making = makeGallery(results, out, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(making).rejects.toThrow(InterruptedError);
    expect(await readdir(join(folder, "galleries"))).toEqual(before);
  });

  it.each([
    [{ thumbnail: 8 }, "thumbnail"],
    [{ limit: 1 }, "limit"],
    [{ originals: "move" as "link" }, "originals"],
    [{ background: "nocolour" }, "background"],
  ])("refuses %j before anything is written", async (options, name) => {
    const making = makeGallery(results, out, options);
    await expect(making).rejects.toThrow(ArgumentError);
    await expect(making).rejects.toThrow(name);
    await expect(readdir(out)).rejects.toThrow("ENOENT");
  });

  it("refuses results that are not there", async () => {
    await expect(makeGallery(join(folder, "none.csv"), out)).rejects.toThrow(ResultsError);
  });
});

describe("mmgan gallery", () => {
  it("prints one document, and progress elsewhere", async () => {
    const { stdout } = await mustRun(["gallery", results, "--out", out, "--title", "A & B", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ page: join(out, "index.html"), pictures: 150, errors: 3 });
    expect(await readFile(join(out, "index.html"), "utf8")).toContain("<title>A &amp; B</title>");
  });

  it("says what to open", async () => {
    const { stdout } = await mustRun(["gallery", results, "--out", out, "--limit", "10"]);
    expect(stdout).toBe(
      `20 pictures in 2 clusters (130 more left out by --limit, 3 could not be clustered); open ${join(out, "index.html")}\n`,
    );
  });

  it("is made by mmgan cluster too, with all probabilities, which the results do not hold", async () => {
    const digits = join(folder, "digits");
    const manifest = await makeTinyBundle(digits, { data: "digits" });
    const { stdout } = await mustRun([
      ...["cluster", photos, "--model", join(digits, "bundle"), "--out", join(digits, "r.parquet")],
      ...["--gallery", out, "--json"],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      images: 150,
      gallery: { page: join(out, "index.html"), pictures: 150 },
    });
    const probabilities = (await record("probabilities-0")) as unknown as number[][];
    expect(probabilities).toHaveLength(150);
    for (const of of probabilities) {
      expect(of).toHaveLength(manifest.clusters);
      expect(of.reduce((sum, p) => sum + p)).toBeCloseTo(1, 3);
    }
  });

  it("names what is missing", async () => {
    const { code, stderr } = await mmgan(["gallery", results]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--out <folder>")]);
  });
});

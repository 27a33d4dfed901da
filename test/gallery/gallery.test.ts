/** The gallery in a real browser, opened from the disk as its user does: looked through, searched, corrected, saved. */

import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeGallery } from "@mmgan/gallery";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startStaticServer } from "../browser/static-server.js";
import { CHROMIUM_REMEDY, chromiumPath, startChromium } from "../chromium.js";
import { mustRun } from "../cli/tiny.js";
import { skipOutsideCi } from "../needs.js";
import { buildPage } from "./build-page.js";
import { ERRORS, makeResults, ODD_NAMES, pathOf, SIZES } from "./made-results.js";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let folder = "";
let photos = "";
let results = "";
let gallery = "";
let browser: Browser | undefined;
let context: BrowserContext;
let page: Page;
/** What went wrong on the page, and every address it asked for. */
let complaints: string[] = [];
let asked: string[] = [];

beforeAll(async () => {
  buildPage();
  folder = await mkdtemp(join(tmpdir(), "mmgan gallery-"));
  const made = await makeResults(folder);
  ({ photos, results } = made);
  gallery = join(folder, "out/gallery");
  await makeGallery(results, gallery, { title: "Holidays & <other>" });
  const path = chromiumPath();
  if (path) browser = await startChromium(path);
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async (test) => {
  if (!browser) skipOutsideCi(test, CHROMIUM_REMEDY);
  await newPage();
});
afterEach(async () => {
  await context?.close();
  expect(complaints).toEqual([]);
});

async function newPage(options: Parameters<Browser["newContext"]>[0] = {}): Promise<void> {
  await context?.close();
  context = await browser!.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  page = await context.newPage();
  complaints = [];
  asked = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/ERR_FILE_NOT_FOUND/.test(message.text()))
      complaints.push(message.text());
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => asked.push(request.url()));
}

/** `mmgan apply` takes what the page saved, into results and folders. */
async function mustBeApplied(corrections: { moves: { path: string; cluster: number }[] }): Promise<void> {
  const [file, out, sorted] = ["corrections.json", "corrected.csv", "sorted"].map((name) =>
    join(folder, name),
  );
  await writeFile(file!, JSON.stringify(corrections));
  await mustRun(["apply", file!, results, "--out", out!, "--copy-to", sorted!]);
  const rows = (await readFile(out!, "utf8")).split("\n");
  for (const { path, cluster } of corrections.moves) {
    expect(rows.find((row) => row.startsWith(`${path},`))).toContain(`${path},${cluster},`);
  }
  expect(await readdir(join(sorted!, "cluster-02"))).toHaveLength(corrections.moves.length);
  expect(await readdir(join(sorted!, "plates & bowls"))).toHaveLength(SIZES[0]! - 1);
  expect(rows.find((row) => row.startsWith(`${pathOf(0, 0)},`))).toContain(
    `${pathOf(0, 0)},0,plates & bowls,`,
  );
}

const open = (hash = "") => page.goto(`${pathToFileURL(join(gallery, "index.html"))}${hash}`);
const column = (cluster: number): Locator => page.locator(".column").nth(cluster);
const grid = (name: string | RegExp): Locator => page.getByRole("listbox", { name });
const tile = (path: string): Locator => page.locator(`.tile[title=${JSON.stringify(path)}]`);
const dialog = (name: string): Locator => page.getByRole("dialog", { name });

/** Clicks what downloads, and reads it. */
async function download(click: () => Promise<void>): Promise<{ name: string; value: unknown }> {
  const [saved] = await Promise.all([page.waitForEvent("download"), click()]);
  return {
    name: saved.suggestedFilename(),
    value: JSON.parse(await readFile(await saved.path(), "utf8")),
  };
}

/** Rules of WCAG 2.0 to 2.2, A and AA, and best practice, that the page breaks. */
async function violations(): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  const found = (await page.evaluate("axe.run({ preload: false }).then((result) => result.violations)")) as {
    id: string;
    nodes: { html: string; failureSummary: string }[];
  }[];
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`);
}

describe("the overview", () => {
  it("has a column for each cluster with its name and size, most typical first", async () => {
    await open();
    expect(await page.title()).toBe("Holidays & <other>");
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe("Holidays & <other>");
    await column(0).locator(".tile").first().waitFor();
    expect(await page.locator(".column h2").allInnerTexts()).toEqual(["Cluster 0", "cups", "Cluster 2"]);
    expect(await page.locator(".cluster-size").allInnerTexts()).toEqual([
      "120 pictures",
      "30 pictures",
      "0 pictures",
    ]);
    const first = column(0).locator(".tile").first();
    await expect.poll(() => first.getAttribute("title")).toBe(pathOf(0, 0));
    expect(await first.getAttribute("aria-posinset")).toBe("1");
    expect(await first.getAttribute("aria-setsize")).toBe("120");
    expect(await column(2).innerText()).toContain("No pictures");
  });

  it("puts the least certain first on request, and says how certain", async () => {
    await open();
    await page.getByLabel("Order").selectOption("uncertain");
    const first = column(0).locator(".tile").first();
    await expect.poll(() => first.getAttribute("title")).toBe(pathOf(0, 119));
    // 1 - 119 / 400 = 70.25 %
    expect(await first.innerText()).toBe("70 %");
    await expect.poll(() => page.url()).toContain("order=uncertain");
  });

  it("shows on each tile the picture of that name", async () => {
    await open("#/cluster/1");
    await tile(pathOf(1, 7)).waitFor();
    await expect.poll(() => colourOf(tile(pathOf(1, 7)))).toEqual([107, 140, 90]);
    expect(await colourOf(tile(pathOf(1, 29)))).toEqual([129, 140, 90]);
  });

  it("holds only the tiles in view, however far it is scrolled", async () => {
    await page.setViewportSize({ width: 500, height: 420 });
    await open("#/cluster/0");
    await page.locator(".tile").first().waitFor();
    const before = await page.locator(".tile").count();
    expect(before).toBeLessThan(100);
    await grid(/Cluster 0/).press("End");
    await tile(pathOf(0, 119)).waitFor();
    expect(await page.locator(".tile").count()).toBeLessThan(100);
    expect(await tile(pathOf(0, 0)).count()).toBe(0);
  });
});

/** The middle pixel of an element, as it is drawn. */
async function colourOf(element: Locator): Promise<number[]> {
  const { data, info } = await pixelsOf(await element.locator(".thumbnail").screenshot());
  const middle = (Math.floor(info.height / 2) * info.width + Math.floor(info.width / 2)) * 3;
  return [...data.subarray(middle, middle + 3)];
}

async function pixelsOf(png: Uint8Array) {
  const { makeThumbnail } = await import("@mmgan/node-io");
  const { data, height, width } = await makeThumbnail(png, 4096);
  return { data, info: { height, width } };
}

describe("a picture", () => {
  it("opens in full with its probabilities, and the keys go to those beside it", async () => {
    await open("#/cluster/1");
    await tile(pathOf(1, 4)).click();
    const opened = dialog("Picture");
    await opened.locator("img").waitFor();
    expect(await opened.getByRole("heading", { level: 2 }).innerText()).toBe("picture-4.png");
    // 1 - 4 / 400 = 99 %, the rest to cluster 2
    expect(await opened.locator(".bars li").allInnerTexts()).toEqual([
      expect.stringMatching(/^cups\s+99 %$/),
      expect.stringMatching(/^Cluster 2\s+1 %$/),
      expect.stringMatching(/^Cluster 0\s+0 %$/),
    ]);
    expect(
      await opened
        .locator("img")
        .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
    ).toBe(20);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => opened.getByRole("heading", { level: 2 }).innerText()).toBe("picture-5.png");
    await expect.poll(() => page.url()).toContain("picture-5.png");
    await page.keyboard.press("Escape");
    await opened.waitFor({ state: "hidden" });
    await expect.poll(() => page.url()).not.toContain("picture-5.png");
  });

  it("opens from its address", async () => {
    await open(`#/cluster/0?picture=${encodeURIComponent(pathOf(0, 4))}`);
    await dialog("Picture").locator("img").waitFor();
    expect(await dialog("Picture").getByRole("heading", { level: 2 }).innerText()).toBe(
      'späth & "co", 日本.png',
    );
  });

  it.each(Object.values(ODD_NAMES))("%s is found by its name, and shown", async (path) => {
    await open();
    await page.keyboard.press("/");
    await page.keyboard.type(path.slice(4, 12));
    await tile(path).click();
    await dialog("Picture").locator("img").waitFor();
  });

  it("that is gone is still seen by its thumbnail", async () => {
    await rename(photos, `${photos}-away`);
    try {
      await open("#/cluster/1");
      await tile(pathOf(1, 4)).click();
      await dialog("Picture").getByRole("img", { name: "picture-4.png" }).waitFor();
    } finally {
      await rename(`${photos}-away`, photos);
    }
  });
});

describe("other views", () => {
  it("outliers, farthest first", async () => {
    await open();
    await page.getByRole("link", { name: /Outliers/ }).click();
    await tile(pathOf(0, 119)).waitFor();
    const titles = await page
      .locator(".tile")
      .evaluateAll((tiles) => tiles.map((one) => (one as unknown as { title: string }).title));
    expect(titles).toEqual([pathOf(0, 119), pathOf(0, 118)]);
  });

  it("errors with their reasons, one reason at a time on request", async () => {
    await open("#/errors");
    expect(await page.locator("tbody tr").count()).toBe(ERRORS.length);
    expect(await page.getByRole("rowheader").allInnerTexts()).toEqual(ERRORS.map(({ path }) => path));
    await page.getByRole("button", { name: /supported format/ }).click();
    expect(await page.locator("tbody tr").allInnerTexts()).toEqual([
      expect.stringContaining("E_IMAGE_FORMAT"),
    ]);
  });

  it("a search finds all words of a path, in any case", async () => {
    await open();
    await page.getByRole("searchbox").fill("PICTURE-2 day");
    // picture-2 and picture-20 to picture-29 of both clusters
    await expect.poll(() => page.locator(".tile").count()).toBe(22);
    await page.getByRole("searchbox").fill("no such thing");
    await page.getByText("No picture's path holds that.").waitFor();
  });
});

describe("corrections", () => {
  it("renamed, dragged, moved by keys, saved, and kept for the next visit", async () => {
    await open();
    await column(0).getByRole("button", { name: "Rename Cluster 0" }).click();
    await page.keyboard.type("plates & bowls");
    await page.keyboard.press("Enter");
    expect(await column(0).getByRole("heading", { level: 2 }).innerText()).toBe("plates & bowls");

    await tile(pathOf(0, 1)).dragTo(column(2));
    await expect.poll(() => column(2).locator(".cluster-size").innerText()).toBe("1 picture");
    expect(await column(2).locator(".tile").getAttribute("title")).toBe(pathOf(0, 1));
    expect(await column(0).locator(".cluster-size").innerText()).toContain("119 pictures");

    await grid("Pictures of cups").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("m");
    await dialog("Move pictures").waitFor();
    await page.keyboard.type("2");
    await page.keyboard.press("Enter");
    await expect.poll(() => column(2).locator(".cluster-size").innerText()).toBe("2 pictures");

    const wanted = {
      schema: "1.0.0",
      names: { "0": "plates & bowls" },
      moves: [
        { path: pathOf(0, 1), cluster: 2 },
        { path: pathOf(1, 1), cluster: 2 },
      ],
    };
    await page.reload();
    await expect.poll(() => column(2).locator(".cluster-size").innerText()).toBe("2 pictures");
    const saved = await download(() => page.getByRole("button", { name: "Save 3 corrections" }).click());
    expect(saved).toEqual({ name: "corrections.json", value: wanted });
    await mustBeApplied(wanted);
    await page.getByRole("button", { name: "Save corrections", exact: true }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Save corrections", exact: true }).waitFor();
    expect(await column(0).getByRole("heading", { level: 2 }).innerText()).toBe("plates & bowls");
  });

  it("move what is picked together, undo in one step, and are taken back in their view", async () => {
    await open();
    await tile(pathOf(0, 0)).click({ modifiers: ["Control"] });
    await tile(pathOf(0, 2)).click({ modifiers: ["Shift"] });
    await page.getByText("3 pictures picked").waitFor();
    await page.getByRole("button", { name: "Move to …" }).click();
    await dialog("Move pictures").getByRole("button", { name: /cups/ }).click();
    await expect.poll(() => column(1).locator(".cluster-size").innerText()).toBe("33 pictures");
    await page.keyboard.press("Control+z");
    await expect.poll(() => column(1).locator(".cluster-size").innerText()).toBe("30 pictures");
    await tile(pathOf(0, 0)).dragTo(column(1));
    await page.getByRole("link", { name: /Corrections/ }).click();
    await page.getByText("from Cluster 0 to cups").waitFor();
    await page.getByRole("button", { name: "Take back" }).click();
    await page.getByText("Nothing is corrected yet.").waitFor();
  });

  it("refuse names that could not be folders or cells, and say why", async () => {
    await open();
    await column(1).getByRole("button", { name: "Rename cups" }).click();
    await page.keyboard.type("=1+1");
    await page.keyboard.press("Enter");
    expect(await page.getByRole("alert").innerText()).toContain("= + - @");
    await page.keyboard.press("Escape");
    expect(await column(1).getByRole("heading", { level: 2 }).innerText()).toBe("cups");
  });

  it("load from a file, and pass over what is not here", async () => {
    await open("#/corrections");
    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Load a corrections file" }).click();
    const file = {
      schema: "1.0.0",
      names: {},
      moves: [
        { path: pathOf(0, 5), cluster: 1 },
        { path: "gone.png", cluster: 1 },
      ],
    };
    await (await choosing).setFiles({
      name: "corrections.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify(file)),
    });
    await page.getByText("1 correction taken; 1 speak of pictures or clusters that are not here.").waitFor();
    await page.getByText("from Cluster 0 to cups").waitFor();
  });
});

describe("the keys", () => {
  it("go from column to column, pick, and open", async () => {
    await page.setViewportSize({ width: 700, height: 800 });
    await open();
    await grid("Pictures of Cluster 0").focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    // Three tiles across: the third step leaves the column.
    expect(await page.locator(":focus").getAttribute("aria-label")).toBe("Pictures of cups");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await expect.poll(() => tile(pathOf(1, 3)).getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("Enter");
    expect(await dialog("Picture").getByRole("heading", { level: 2 }).innerText()).toBe("picture-3.png");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await expect.poll(() => tile(pathOf(1, 3)).getAttribute("aria-selected")).toBe("false");
    await page.keyboard.press("?");
    await dialog("Keys").waitFor();
  });
});

describe("for everyone", () => {
  const views = [
    "",
    "#/cluster/0?order=uncertain",
    "#/outliers",
    "#/errors",
    "#/corrections",
    "#/search?text=day",
  ];

  it.each(["light", "dark"] as const)("axe finds nothing in %s", async (colorScheme) => {
    await newPage({ colorScheme });
    const found: Record<string, string[]> = {};
    for (const view of views) {
      await open(view);
      await page.reload();
      await page.locator("body:not(.loading)").waitFor();
      found[view] = await violations();
    }
    await open();
    await tile(pathOf(0, 0)).dragTo(column(1));
    await tile(pathOf(0, 2)).click({ modifiers: ["Control"] });
    found.moved = await violations();
    await page.getByRole("button", { name: "Move to …" }).click();
    found.where = await violations();
    await page.keyboard.press("Escape");
    await column(0).getByRole("button", { name: "Rename Cluster 0" }).click();
    await page.keyboard.type("=");
    await page.keyboard.press("Enter");
    found.renaming = await violations();
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    found.keys = await violations();
    await page.keyboard.press("Escape");
    await open("#/cluster/1");
    await tile(pathOf(1, 0)).click();
    await dialog("Picture").locator("img").waitFor();
    found.picture = await violations();
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((view) => [view, []])));
  });

  it("dark and light follow the system, and the reader", async () => {
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    await open();
    const light = await ground();
    await page.getByRole("button", { name: "Dark colours" }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
    await newPage({ colorScheme: "dark" });
    await open();
    expect(await ground()).toBe(dark);
  });

  it("fits a phone, where a finger that rests picks", async () => {
    await newPage({ viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true });
    await open();
    await tile(pathOf(0, 0)).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    await tile(pathOf(0, 0)).tap();
    await dialog("Picture").locator("img").waitFor();
    expect(await violations()).toEqual([]);
    await page.getByRole("button", { name: "Close" }).tap();
    await tile(pathOf(0, 1)).dispatchEvent("pointerdown", { pointerType: "touch", bubbles: true });
    await page.getByText("1 picture picked").waitFor();
  });

  it("asks the network for nothing", async () => {
    await open();
    await page.locator(".tile").first().waitFor();
    await open("#/cluster/1");
    await tile(pathOf(1, 0)).click();
    await dialog("Picture").locator("img").waitFor();
    expect(asked.length).toBeGreaterThan(5);
    const elsewhere = asked.filter((url) => !/^(file|data|blob):/.test(url));
    expect(elsewhere).toEqual([]);
  });

  it("works the same from a web server", async () => {
    const server = await startStaticServer({ files: folder }, {});
    try {
      await page.goto(`${server.origin}/files/out/gallery/index.html#/cluster/1`);
      await tile(pathOf(1, 4)).click();
      await dialog("Picture").locator("img").waitFor();
      expect(asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(server.origin))).toEqual([]);
    } finally {
      await server.close();
    }
  });
});

it("shows every picture of the results, each once", async () => {
  await open("#/search?text=png");
  expect(await page.getByRole("heading", { level: 2 }).first().innerText()).toBe(
    `${SIZES.reduce((sum, size) => sum + size)} pictures found`,
  );
});

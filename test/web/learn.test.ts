/** The page Learn in Chromium: moons learned in the tab, and the model that it gives away. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { scoreClustering } from "@mmgan/core";
import { loadModel } from "@mmgan/runtime-node";
import { moonsSet } from "@mmgan/trainer/browser";
import { unzipSync } from "fflate";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { CHROMIUM_REMEDY, chromiumPath, startChromium } from "../chromium.js";
import { skipOutsideCi } from "../needs.js";
import { type DemoSite, startDemoSite, visit } from "./demo-site.js";

const executable = chromiumPath();
let browser: Browser;
let site: DemoSite;

beforeAll(async () => {
  if (!executable) return;
  [site, browser] = await Promise.all([startDemoSite(), startChromium(executable)]);
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach((context) => {
  if (!executable) skipOutsideCi(context, CHROMIUM_REMEDY);
});

const said = (page: Page, text: string) =>
  page.getByRole("status").filter({ hasText: text }).waitFor({ timeout: 500_000 });
const figure = async (page: Page, id: string) => Number((await page.innerText(`#${id}`)).replace(",", ""));

it("learns the moons on wasm, and gives a bundle that Node scores alike", async () => {
  const { page, faults } = await visit(browser, `${site.address}/learn.html`);
  await said(page, "Ready");
  expect(await figure(page, "purity")).toBeLessThan(0.9);
  await page.getByRole("button", { name: "Play" }).click();
  await said(page, "Done");
  expect(await figure(page, "step")).toBe(2000);
  const shown = await figure(page, "purity");
  expect(shown).toBeGreaterThanOrEqual(0.9);
  expect(shown).toBeGreaterThan(await figure(page, "k-means"));

  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download this model" }).click(),
  ]);
  expect(file.suggestedFilename()).toBe("mmgan-moons-k2-seed11-step2000.zip");
  const folder = mkdtempSync(join(tmpdir(), "mmgan-learned-"));
  try {
    for (const [path, bytes] of Object.entries(unzipSync(readFileSync(await file.path())))) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const model = await loadModel(join(folder, "mmgan-moons-k2-seed11-step2000"), { device: "cpu" });
    expect(model.manifest.training).toMatchObject({ data: "moons", steps: 2000, seed: 11, recipe: "paper" });
    const { points, labels, count } = moonsSet("test", { labels: true });
    const { clusters } = await model.cluster({ count, dim: 2, data: points! });
    // One in a thousand: a point on the border, where the two builds of ONNX Runtime round differently.
    expect(Math.abs(scoreClustering(labels!, clusters).purity - shown)).toBeLessThanOrEqual(0.001);
    await model.dispose();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  expect(faults).toEqual([]);
}, 600_000);

it("steps once and by hundreds, takes settings before the first step at once and later when asked", async () => {
  const { page, faults } = await visit(browser, `${site.address}/learn.html`);
  await said(page, "Ready");
  await page.getByLabel("Clusters K").fill("3");
  await page.getByLabel("Clusters K").blur();
  await said(page, "Preparing");
  await said(page, "Ready");
  expect(await page.locator(".shares li").count()).toBe(3);
  await page.getByRole("button", { name: "Step", exact: true }).click();
  await said(page, "Paused");
  expect(await figure(page, "step")).toBe(1);
  await page.getByRole("button", { name: "100 steps" }).click();
  await expect.poll(() => figure(page, "step"), { timeout: 120_000 }).toBe(101);
  await page.getByLabel("Loss").selectOption("sgan");
  expect(await figure(page, "step")).toBe(101);
  await page.getByRole("button", { name: "Start with new settings" }).click();
  await said(page, "Ready");
  expect(await figure(page, "step")).toBe(0);
  expect(faults).toEqual([]);
}, 600_000);

it("plays and pauses by the keyboard alone", async () => {
  const { page, faults } = await visit(browser, `${site.address}/learn.html`);
  await said(page, "Ready");
  await page.getByRole("button", { name: "Play" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.keyboard.press("Space");
  await said(page, "Paused");
  await page.getByRole("button", { name: "Play" }).waitFor();
  expect(faults).toEqual([]);
}, 600_000);

/** The examples, as built for publishing and as a page below some path serves them: each prints what Node finds. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelPath } from "@mmgan/models";
import { loadModel } from "@mmgan/runtime-node";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CHROMIUM_REMEDY, chromiumPath, startChromium } from "../chromium.js";
import { skipOutsideCi } from "../needs.js";
import { root } from "./bundle-page.js";
import { ISOLATED, startStaticServer } from "./static-server.js";

const executable = chromiumPath();
const folder = mkdtempSync(join(tmpdir(), "mmgan-examples-"));
let browser: Browser | undefined;
let wanted = "";

beforeAll(async () => {
  if (!executable) return;
  browser = await startChromium(executable);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-b", "packages/runtime-web"], { cwd: root });
  expect(status, String(stdout)).toBe(0);
  const model = await loadModel(modelPath("digits"), { device: "cpu" });
  const { images } = await model.generate({ spread: 0 });
  wanted = (await model.cluster(images!)).clusters.join(" ");
  await model.dispose();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach((context) => {
  if (!executable) skipOutsideCi(context, CHROMIUM_REMEDY);
});

/** Chromium's own word where WebGPU has no adapter; the model goes on with wasm. */
const NO_ADAPTER = "No available adapters.";

/** What the page at a path prints; everything of `folders` lies below it as the server's first part of a path. */
async function printed(folders: Record<string, string>, path: string, headers = {}): Promise<string> {
  const server = await startStaticServer(folders, {}, { headers });
  const context = await browser!.newContext();
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && message.text() !== NO_ADAPTER)
        complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:)/.test(request.url())) complaints.push(request.url());
    });
    await page.goto(server.origin + path);
    const shown = async () => (await page.innerText("output").catch(() => "")).trim();
    await expect.poll(async () => (await shown()) || complaints.join("; "), { timeout: 90_000 }).not.toBe("");
    expect(complaints).toEqual([]);
    return await shown();
  } finally {
    await context.close();
    await server.close();
  }
}

test.each(["plain-html", "onnxruntime-web"])("%s, from a sub-path", async (name) => {
  // The repository itself lies below /some.
  expect(await printed({ some: root }, `/some/examples/${name}/index.html`)).toBe(wanted);
});

test.each([
  ["vite", {}],
  ["vite", ISOLATED],
  ["react", {}],
])("%s, built, below another path, headers %j", async (name, headers) => {
  const out = join(folder, name);
  const publicDir = join(folder, "public");
  cpSync(modelPath("digits"), join(publicDir, "models/digits"), { recursive: true });
  await build({
    root: join(root, "examples", name),
    publicDir,
    build: { outDir: out, emptyOutDir: true },
    logLevel: "error",
  });
  expect(await printed({ shop: out }, "/shop/index.html", headers)).toBe(wanted);
});

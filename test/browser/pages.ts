/** Pages in a real Chromium: bundled, served, run, and what they leave in their window brought back. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelNames, modelPath } from "@mmgan/models";
import type { Browser } from "playwright-core";
import { SOFTWARE_WEBGPU, startChromium } from "../chromium.js";
import { bundlePage, ORT_FOLDER } from "./bundle-page.js";
import { type ServerOptions, startStaticServer } from "./static-server.js";

/** Most time that a page's tests take. */
const PAGE_MS = 180_000;

export interface PageRun<T> {
  readonly results: T;
  /** Errors and warnings of the console, errors nobody caught, requests to other origins. */
  readonly complaints: readonly string[];
}

export class Pages {
  readonly #folder = mkdtempSync(join(tmpdir(), "mmgan-pages-"));
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(executable: string): Promise<Pages> {
    return new Pages(await startChromium(executable, SOFTWARE_WEBGPU));
  }

  /** Bundles a module below the repository's root once; `run` opens it as often as wanted. */
  bundle(entry: string): Promise<void> {
    return bundlePage(entry, this.#folder);
  }

  /** Opens the bundled page and waits for `window.results`. The shipped models lie at /models/NAME. */
  async run<T>(query: string, options: ServerOptions = {}): Promise<PageRun<T>> {
    const server = await startStaticServer(
      { bundle: this.#folder, ort: ORT_FOLDER, models: join(modelPath(modelNames()[0]!), "..") },
      { "/": PAGE },
      options,
    );
    const context = await this.#browser.newContext();
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(error.stack ?? String(error)));
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("request", (request) => {
        const { origin, protocol } = new URL(request.url());
        if (origin !== server.origin && protocol.startsWith("http")) complaints.push(`request to ${origin}`);
      });
      await page.goto(`${server.origin}/?${query}`);
      const crash = page.waitForEvent("pageerror", { timeout: PAGE_MS }).then((error) => {
        throw error;
      });
      const results = await Promise.race([
        page.waitForFunction(() => (window as { results?: unknown }).results, null, { timeout: PAGE_MS }),
        crash,
      ]);
      crash.catch(() => {}); // the page closes
      return { results: (await results.jsonValue()) as T, complaints };
    } catch (cause) {
      throw new Error(`the page came to no end: ${complaints.join("\n") || "no complaint"}`, { cause });
    } finally {
      await context.close();
      await server.close();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const PAGE = `<!doctype html><html lang="en"><title>test</title><link rel="icon" href="data:,">
<script type="module" src="/bundle/page.js"></script></html>`;

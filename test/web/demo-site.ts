/** The web demo as it is published: built once, served from a folder of a server under the strictest policy. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { build } from "vite";
import { ISOLATED, STRICT_CSP, startStaticServer } from "../browser/static-server.js";

const configFile = fileURLToPath(new URL("../../apps/web-demo/vite.config.ts", import.meta.url));

export interface DemoSite {
  /** "http://127.0.0.1:1234/some/folder" */
  readonly address: string;
  close(): Promise<void>;
}

/** @param isolated - with COOP and COEP, and so with threads. Default false: one thread, the same sums everywhere */
export async function startDemoSite({ isolated = false } = {}): Promise<DemoSite> {
  const folder = mkdtempSync(join(tmpdir(), "mmgan-demo-"));
  await build({ configFile, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
  const server = await startStaticServer(
    { demo: folder },
    {},
    { headers: { ...STRICT_CSP, ...(isolated && ISOLATED) } },
  );
  return {
    address: `${server.origin}/demo`,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A tab, and all that a visitor should never see in it. */
export interface Visit {
  readonly page: Page;
  /** Console errors and warnings, uncaught errors, requests that failed or left for another origin. */
  readonly faults: string[];
  /** Addresses asked for. */
  readonly requests: string[];
}

export async function visit(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("requestfailed", (request) => faults.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    requests.push(request.url());
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== new URL(address).origin)
      faults.push(`left the origin: ${request.url()}`);
  });
  await page.goto(address);
  return { page, faults, requests };
}

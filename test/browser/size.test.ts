/** What runtime-web adds to a page, beside ONNX Runtime. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundlePage } from "./bundle-page.js";

/** The promise of its README. */
const MOST_GZIPPED_BYTES = 25_000;

test("runtime-web, core and its worker are at most 25 KB gzipped", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mmgan-size-"));
  try {
    await bundlePage("packages/runtime-web/src/index.ts", folder, { minify: true });
    const sizes = readdirSync(folder).map((name) => [
      name,
      gzipSync(readFileSync(join(folder, name))).length,
    ]);
    const total = sizes.reduce((sum, [, bytes]) => sum + (bytes as number), 0);
    expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(MOST_GZIPPED_BYTES);
    // All of it is there: far less would mean that something was left out.
    expect(total).toBeGreaterThan(8_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("onnxruntime-web is of the version of onnxruntime-node, everywhere", () => {
  const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
  const versionOf = (name: string) => lock.packages[`node_modules/${name}`].version;
  expect(versionOf("onnxruntime-web")).toBe(versionOf("onnxruntime-node"));
  const wanted = Object.entries<{ dependencies?: Record<string, string> }>(lock.packages).flatMap(
    ([path, { dependencies = {} }]) =>
      "onnxruntime-web" in dependencies && !path.includes("node_modules")
        ? [[path, dependencies["onnxruntime-web"]]]
        : [],
  );
  expect(wanted.length).toBeGreaterThan(0);
  for (const [, version] of wanted) expect(version).toBe(versionOf("onnxruntime-web"));
});

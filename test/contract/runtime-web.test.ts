/** The runtime's contract in Chromium, on wasm and on WebGPU (SwiftShader): each test of the page is a test here. */

import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { Pages } from "../browser/pages.js";
import { ISOLATED, STRICT_CSP } from "../browser/static-server.js";
import type { PageResult } from "../browser/vitest-in-page.js";
import { CHROMIUM_REMEDY, chromiumPath } from "../chromium.js";
import { skipOutsideCi } from "../needs.js";

/** The page's tests run before they are named here, since their names are theirs. */
const executable = chromiumPath();
const pages = executable ? await Pages.start(executable) : undefined;
await pages?.bundle("test/browser/contract-page.ts");
afterAll(() => pages?.close());

/** Tests of one call of `describeRuntimeContract`; a lower count would mean tests that never ran. */
const CONTRACT_TESTS = 53;

describe.each([
  { device: "wasm", page: "isolated, strict CSP", headers: { ...ISOLATED, ...STRICT_CSP } },
  { device: "webgpu", page: "not isolated, strict CSP", headers: STRICT_CSP },
])("runtime-web on $device, page $page", async ({ device, headers }) => {
  const run = await pages?.run<PageResult[]>(`device=${device}`, { headers });

  beforeEach((context) => {
    if (!pages) skipOutsideCi(context, CHROMIUM_REMEDY);
  });

  test("runs every test and complains of nothing", () => {
    expect(run!.complaints).toEqual([]);
    expect(run!.results.length).toBeGreaterThanOrEqual(2 * CONTRACT_TESTS);
  });

  for (const { name, passed, errors } of run?.results ?? [])
    test(name, () => {
      expect(errors.join("\n")).toBe("");
      expect(passed).toBe(true);
    });
});

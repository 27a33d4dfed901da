/** What runtime-web does beyond the contract, in Chromium: the tests of runtime-web-page.ts, each by its name. */

import { afterAll, beforeEach, expect, test } from "vitest";
import { CHROMIUM_REMEDY, chromiumPath } from "../chromium.js";
import { skipOutsideCi } from "../needs.js";
import { faultyServer } from "./faults.js";
import { Pages } from "./pages.js";
import { STRICT_CSP } from "./static-server.js";
import type { PageResult } from "./vitest-in-page.js";

const executable = chromiumPath();
const pages = executable ? await Pages.start(executable) : undefined;
afterAll(() => pages?.close());
await pages?.bundle("test/browser/runtime-web-page.ts");
const run = await pages?.run<PageResult[]>("", { headers: STRICT_CSP, handle: faultyServer() });

beforeEach((context) => {
  if (!pages) skipOutsideCi(context, CHROMIUM_REMEDY);
});

test("runs tests", () => {
  expect(run!.results.length).toBeGreaterThan(35);
});

for (const { name, passed, errors } of run?.results ?? [])
  test(name, () => {
    expect(errors.join("\n")).toBe("");
    expect(passed).toBe(true);
  });

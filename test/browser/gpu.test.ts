/** Lost graphics devices, in Chromium: the tests of gpu-page.ts, and the whole GPU process gone. */

import { afterAll, beforeEach, expect, test } from "vitest";
import { CHROMIUM_REMEDY, chromiumPath } from "../chromium.js";
import { skipOutsideCi } from "../needs.js";
import { Pages } from "./pages.js";
import { STRICT_CSP } from "./static-server.js";
import type { PageResult } from "./vitest-in-page.js";

const executable = chromiumPath();
const pages = executable ? await Pages.start(executable) : undefined;
afterAll(() => pages?.close());
await pages?.bundle("test/browser/gpu-page.ts");
const run = await pages?.run<PageResult[]>("", { headers: STRICT_CSP });

beforeEach((context) => {
  if (!pages) skipOutsideCi(context, CHROMIUM_REMEDY);
});

test("runs tests", () => {
  expect(run!.results.length).toBe(3);
});

for (const { name, passed, errors } of run?.results ?? [])
  test(name, () => {
    expect(errors.join("\n")).toBe("");
    expect(passed).toBe(true);
  });

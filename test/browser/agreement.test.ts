/** Same models, same seeds: Chromium on wasm and on WebGPU draws and finds what Node does on the CPU. */

import { modelNames, modelPath } from "@mmgan/models";
import { loadModel } from "@mmgan/runtime-node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CHROMIUM_REMEDY, chromiumPath } from "../chromium.js";
import { largestDifference } from "../contract/largest-difference.js";
import { skipOutsideCi } from "../needs.js";
import { Pages } from "./pages.js";
import { ISOLATED, STRICT_CSP } from "./static-server.js";

interface Found {
  name: string;
  latents: number[];
  data: number[];
  clusters: number[];
  probabilities: number[];
  mean: number[];
}

const executable = chromiumPath();
let pages: Pages | undefined;
beforeAll(async () => {
  if (!executable) return;
  pages = await Pages.start(executable);
  await pages.bundle("test/browser/agreement-page.ts");
});
afterAll(() => pages?.close());

beforeEach((context) => {
  if (!executable) skipOutsideCi(context, CHROMIUM_REMEDY);
});

describe.each([
  { device: "wasm", how: "device=wasm", headers: STRICT_CSP },
  { device: "wasm, worker, threads", how: "device=wasm&worker", headers: { ...ISOLATED, ...STRICT_CSP } },
  { device: "webgpu", how: "device=webgpu", headers: STRICT_CSP },
])("on $device", ({ how, headers }) => {
  test("every shipped model agrees with Node", async () => {
    const { results, complaints } = await pages!.run<Found[]>(`${how}&models=${modelNames().join(",")}`, {
      headers,
    });
    expect(complaints).toEqual([]);
    expect(results.map(({ name }) => name)).toEqual(modelNames());
    for (const found of results) {
      const model = await loadModel(modelPath(found.name), { device: "cpu", threads: 1 });
      const { images, points, latents } = await model.generate({ count: 40, seed: 11 });
      const inputs = (images ?? points)!;
      // The latents are made by the same code from the same file's numbers.
      expect(largestDifference(found.latents, latents)).toBe(0);
      // 1e-3 of the range of a picture is less than a level: each is the same level, or rounded the other way.
      if (images) expect(largestDifference(found.data, images.data)).toBeLessThanOrEqual(1);
      else expect(largestDifference(found.data, points!.data)).toBeLessThan(1e-3);
      const wanted = await model.cluster(inputs);
      expect(found.clusters).toEqual([...wanted.clusters]);
      expect(largestDifference(found.probabilities, wanted.probabilities)).toBeLessThan(5e-3);
      expect(largestDifference(found.mean, (await model.posterior(inputs)).mean)).toBeLessThan(5e-2);
      await model.dispose();
    }
  });
});

import { expect, it } from "vitest";
import { inspectEngines } from "./inspect.js";
import { PLACES } from "./place.js";

it("tries every engine on every device, and says why one is not usable", async () => {
  const reports = await inspectEngines();
  expect(reports.map(({ engine, device }) => ({ engine, device }))).toEqual(PLACES);
  for (const { engine, device, usable, reason, selfTest } of reports) {
    if (engine === "reference" || (engine === "onnx" && device === "cpu")) expect(usable).toBe(true);
    if (!usable) expect(reason, `${engine}/${device}`).toMatch(/\S/);
    else {
      expect(selfTest!.msPerStep).toBeGreaterThan(0);
      expect(selfTest!.largestDifference, `${engine}/${device}`).toBeLessThan(1e-4);
    }
  }
  // The reference differs from itself by nothing.
  expect(reports.find(({ engine }) => engine === "reference")!.selfTest!.largestDifference).toBe(0);
});

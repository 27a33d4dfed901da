import { expect, it } from "vitest";
import { nearestCentres } from "./nearest-centres.js";

it("takes the centre of least squared distance, the first of equals", () => {
  // (2 - 1)^2 = (2 - 3)^2
  expect(nearestCentres(Float32Array.of(0.9, 2, 2.1), 1, Float32Array.of(1, 3))).toEqual(
    Int32Array.of(0, 0, 1),
  );
});

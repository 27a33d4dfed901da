import { expect, it } from "vitest";
import { stageTimes } from "./stages.js";

it("gives each stage the time since the mark before, and the end the rest", () => {
  const marks: [string, number][] = [
    ["loading", 1250],
    ["running", 1300],
  ];
  expect(stageTimes(marks, 1000, 1310)).toEqual([
    ["loading", 1250 - 1000],
    ["running", 1300 - 1250],
    ["exit", 1310 - 1300],
  ]);
});

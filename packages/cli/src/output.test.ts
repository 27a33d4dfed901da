import { expect, it } from "vitest";
import { formatBytes, formatSeconds, textTable } from "./output.js";

it("aligns numbers right and words left", () => {
  expect(
    textTable([
      ["name", "n"],
      ["a", "100"],
      ["long", "7"],
    ]),
  ).toBe(["name    n", "a     100", "long    7"].join("\n"));
});

it("writes sizes in powers of 1024", () => {
  expect(formatBytes(1023)).toBe("1023 B");
  expect(formatBytes(1.5 * 1024 * 1024)).toBe("1.5 MiB");
});

it("writes durations in two units", () => {
  expect(formatSeconds(59.4)).toBe("59 s");
  expect(formatSeconds(2 * 60 + 5)).toBe("2 min 5 s");
  expect(formatSeconds(3 * 3600 + 4 * 60 + 59)).toBe("3 h 4 min");
  expect(formatSeconds(Number.NaN)).toBe("-");
});

/** Numbers as the page writes them. */

import { expect, it } from "vitest";
import { counted, fileName, fileSize, percent } from "./format.js";

it.each([
  [1, "100 %"],
  [0.99999, "> 99.9 %"],
  [0.9734, "97.3 %"],
  [0.5, "50 %"],
  [0.0001, "< 0.1 %"],
  [0, "0 %"],
])("a share of %d is %s", (share, text) => expect(percent(share)).toBe(text));

it("counts", () => {
  expect(counted(1, "picture")).toBe("1 picture");
  expect(counted(12345, "picture")).toBe("12,345 pictures");
});

it.each([
  [1, "1 byte"],
  [999, "999 bytes"],
  [1536, "1.5 KB"],
  [25_400_000, "25 MB"],
])("%d bytes are %s", (bytes, text) => expect(fileSize(bytes)).toBe(text));

it("takes a path's last part", () => {
  expect(fileName("a/b.zip/c d.png")).toBe("c d.png");
  expect(fileName("c.png")).toBe("c.png");
});

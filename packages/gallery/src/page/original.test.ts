/** Where the page looks for a picture in full. */

import { expect, it } from "vitest";
import { originalUrls } from "./original.js";

const linked = {
  kind: "linked",
  relative: "../my%20photos/",
  absolute: "file:///home/a/my%20photos/",
} as const;
const row = (path: string, copy: string | null = null) => ({ path, copy });

it("looks beside the gallery first, and on the disk it was made on only from a file", () => {
  const of = (protocol: string) => originalUrls({ originals: linked }, row("a b/100% #1?.png"), protocol);
  const encoded = "a%20b/100%25%20%231%3F.png";
  expect(of("file:")).toEqual([`../my%20photos/${encoded}`, `file:///home/a/my%20photos/${encoded}`]);
  expect(of("http:")).toEqual([`../my%20photos/${encoded}`]);
});

it("goes by absolute paths where rows have them", () => {
  expect(originalUrls({ originals: linked }, row("/data/ü.png"), "file:")).toEqual([
    "file:///data/%C3%BC.png",
  ]);
  expect(originalUrls({ originals: linked }, row("D:\\data\\ü.png"), "file:")).toEqual([
    "file:///D:/data/%C3%BC.png",
  ]);
  expect(originalUrls({ originals: linked }, row("/data/ü.png"), "https:")).toEqual([]);
});

it("takes copies, or nothing", () => {
  expect(originalUrls({ originals: { kind: "copied" } }, row("a.png", "0/7.png"), "https:")).toEqual([
    "originals/0/7.png",
  ]);
  expect(originalUrls({ originals: { kind: "copied" } }, row("a.png"), "https:")).toEqual([]);
  expect(originalUrls({ originals: { kind: "none" } }, row("a.png"), "file:")).toEqual([]);
});

/** package-lock.json serves every platform and every registry: `npm ci` refuses a lock with a hole in it. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Locked {
  version?: string;
  link?: boolean;
  resolved?: string;
  integrity?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const text = readFileSync(new URL("../package-lock.json", import.meta.url), "utf8");
const packages = (JSON.parse(text) as { packages: Record<string, Locked> }).packages;

/** Where `name` is found from the package at `path`, as Node looks it up: nearest node_modules first. */
function find(path: string, name: string): Locked | undefined {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    const found = packages[`${at ? `${at}/` : ""}node_modules/${name}`];
    if (found || at === "") return found;
    if (!at.includes("node_modules/")) at = "";
  }
}

it("names no registry host", () => {
  expect(text.match(/https?:\/\/[^"]*\.tgz/g)).toBeNull();
});

it("has every dependency of every package, those of other platforms too, with its checksum", () => {
  const missing: string[] = [];
  for (const [path, locked] of Object.entries(packages)) {
    const names = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies });
    for (const name of names) if (!find(path, name)) missing.push(`${name} of ${path}`);
    if (path.includes("node_modules/") && !locked.link && !locked.integrity)
      missing.push(`checksum of ${path}`);
  }
  expect(missing).toEqual([]);
});

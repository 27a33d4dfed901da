/** What @mmgan/trainer/browser pulls in: nothing that a page has not. */

import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const packages = fileURLToPath(new URL("../../../", import.meta.url));
const ENTRIES: Record<string, string> = {
  "@mmgan/core": join(packages, "core/src/index.ts"),
  "@mmgan/export": join(packages, "export/src/index.ts"),
};

/** Packages that run in pages as they are. */
const PURE = [
  "@bufbuild/protobuf",
  "@tensorflow/tfjs",
  "@tensorflow/tfjs-core",
  "fastest-levenshtein",
  "valibot",
];

/** Every import of values, static or dynamic; those of types alone are gone once compiled. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const statements = source.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm);
  const dynamic = source.matchAll(/\bimport\(\s*"([^"]+)"/g);
  return [...statements, ...dynamic].map(([, specifier]) => specifier!);
}

/** All files below an entry, and the packages they name. */
function walk(entry: string): { files: string[]; packages: Set<string> } {
  const seen = new Set<string>();
  const named = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith(".")) visit(join(dirname(file), specifier.replace(/\.js$/, ".ts")));
      else if (ENTRIES[specifier]) visit(ENTRIES[specifier]);
      else named.add(specifier);
    }
  };
  visit(entry);
  return { files: [...seen].map((file) => relative(packages, file)), packages: named };
}

it("holds no Node built-in, no onnxruntime and nothing that reads files", () => {
  const { files, packages: named } = walk(fileURLToPath(new URL("./index.ts", import.meta.url)));
  expect([...named].filter((name) => isBuiltin(name))).toEqual([]);
  expect(
    [...named].map((name) =>
      name
        .split("/")
        .slice(0, name.startsWith("@") ? 2 : 1)
        .join("/"),
    ),
  ).toSatisfy((names: string[]) => names.every((name) => PURE.includes(name)));
  expect(files).toContain("trainer/src/models/mmgan.ts");
  expect(files.filter((file) => file.startsWith("node-io/"))).toEqual([]);
  expect(files.every((file) => existsSync(join(packages, file)))).toBe(true);
});

it("would find one", () => {
  const { packages: named } = walk(fileURLToPath(new URL("../index.ts", import.meta.url)));
  expect([...named]).toEqual(expect.arrayContaining(["node:fs", "onnxruntime-node"]));
});

/** The arrows of docs/architecture.md hold because `npm run lint` fails on any other; here: that it does. */

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

const CORE = "@mmgan/core";
const NODE_IO = "@mmgan/node-io";
const RESULTS = "@mmgan/results";
const GALLERY = "@mmgan/gallery";
const EXPORT = "@mmgan/export";
const TRAINER = "@mmgan/trainer";
const RUNTIME_NODE = "@mmgan/runtime-node";
const RUNTIME_WEB = "@mmgan/runtime-web";
const MODELS = "@mmgan/models";
const CLI = "mmgan";
const WORKSPACE = [CORE, NODE_IO, RESULTS, GALLERY, EXPORT, TRAINER, RUNTIME_NODE, RUNTIME_WEB, MODELS, CLI];
const TFJS = "@tensorflow/tfjs";
const ORT = "onnxruntime-node";
const ORT_WEB = "onnxruntime-web/wasm";
const SHARP = "sharp";
const NODE = ["node:fs", "node:fs/promises"];
/** A way round the package names: into another package's sources. */
const ESCAPES = ["../../core/src/errors.js", "../../../export/src/index.js", "../../trainer/dist/index.js"];
const EVERYTHING = [...WORKSPACE, `${TRAINER}/config`, TFJS, ORT, ORT_WEB, SHARP, ...NODE, ...ESCAPES];

/** What each package may import of `EVERYTHING`, in its sources and in its tests. All else must fail the lint. */
const ALLOWED: Record<string, { sources: string[]; tests: string[] }> = {
  core: { sources: [], tests: NODE },
  "node-io": { sources: [CORE, SHARP, ...NODE], tests: [CORE, SHARP, ...NODE] },
  results: { sources: [CORE, NODE_IO, ...NODE], tests: [CORE, NODE_IO, ...NODE] },
  gallery: { sources: [CORE, NODE_IO, RESULTS, ...NODE], tests: [CORE, NODE_IO, RESULTS, ...NODE] },
  export: { sources: [CORE, TFJS], tests: [CORE, TFJS, ORT, ...NODE] },
  trainer: {
    sources: [CORE, EXPORT, NODE_IO, TFJS, ORT, ...NODE],
    tests: [CORE, EXPORT, NODE_IO, TFJS, ORT, ...NODE],
  },
  "runtime-node": {
    sources: [CORE, NODE_IO, ORT, ...NODE],
    tests: [CORE, NODE_IO, EXPORT, TFJS, ORT, ...NODE],
  },
  "runtime-web": { sources: [CORE, ORT_WEB], tests: [CORE, NODE_IO, ORT_WEB, ...NODE] },
  models: { sources: [CORE, ...NODE], tests: [CORE, ...NODE] },
  cli: {
    sources: [
      CORE,
      EXPORT,
      NODE_IO,
      RESULTS,
      GALLERY,
      TRAINER,
      `${TRAINER}/config`,
      RUNTIME_NODE,
      MODELS,
      ...NODE,
    ],
    tests: [
      CORE,
      EXPORT,
      NODE_IO,
      RESULTS,
      GALLERY,
      TRAINER,
      `${TRAINER}/config`,
      RUNTIME_NODE,
      MODELS,
      ...NODE,
    ],
  },
};

/** Where the sources of a package lie; the models' package is the folder that holds them. */
const sourcesOf = (name: string) => (name === "models" ? "models/src" : `packages/${name}/src`);

interface Diagnostic {
  category: string;
  location: { path: string; start: { line: number } };
}

/** Line i + 1 imports `EVERYTHING[i]`, in the ways a module can: static, type-only, re-export, dynamic. */
function plantedModule(statement: (specifier: string) => string): string {
  return EVERYTHING.map(statement).join("\n");
}

const STATEMENTS: Record<string, (specifier: string) => string> = {
  import: (specifier) => `import ${JSON.stringify(specifier)};`,
  "import-type": (specifier) => `import type * as T${specifier.length} from ${JSON.stringify(specifier)};`,
  "re-export": (specifier) => `export * from ${JSON.stringify(specifier)};`,
  dynamic: (specifier) => `void import(${JSON.stringify(specifier)});`,
};

describe("import arrows", () => {
  let folder = "";
  /** `packages/core/src/import.ts` -> the specifiers that the lint refused. */
  const refused = new Map<string, string[]>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mmgan-arrows-"));
    copyFileSync(join(root, "biome.json"), join(folder, "biome.json"));
    for (const name of Object.keys(ALLOWED)) {
      const source = join(folder, sourcesOf(name));
      mkdirSync(source, { recursive: true });
      for (const [kind, statement] of Object.entries(STATEMENTS))
        for (const suffix of [".ts", ".test.ts"])
          writeFileSync(join(source, kind + suffix), plantedModule(statement));
    }
    const result = spawnSync(
      process.execPath,
      [
        join(root, "node_modules/@biomejs/biome/bin/biome"),
        "lint",
        "--only=style/noRestrictedImports",
        "--vcs-enabled=false",
        "--reporter=json",
        "--max-diagnostics=none",
        ".",
      ],
      { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 26 },
    );
    expect(result.status, result.stderr).toBe(1);
    for (const { category, location } of JSON.parse(result.stdout).diagnostics as Diagnostic[]) {
      expect(category).toBe("lint/style/noRestrictedImports");
      const specifiers = refused.get(location.path) ?? [];
      specifiers.push(EVERYTHING[location.start.line - 1]!);
      refused.set(location.path, specifiers);
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("rules every package of the workspace", () => {
    const packages = readdirSync(join(root, "packages"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(Object.keys(ALLOWED).sort()).toEqual([...packages, "models"].sort());
  });

  for (const [name, allowed] of Object.entries(ALLOWED))
    for (const kind of Object.keys(STATEMENTS))
      it.each([
        ["a source", ".ts", allowed.sources],
        ["a test", ".test.ts", allowed.tests],
      ])(`lets %s of ${name} import (${kind}) nothing else`, (_what, suffix, may) => {
        const forbidden = EVERYTHING.filter((specifier) => !may.includes(specifier));
        expect((refused.get(`${sourcesOf(name)}/${kind}${suffix}`) ?? []).sort()).toEqual(forbidden.sort());
      });
});

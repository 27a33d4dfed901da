/**
 * What npm would publish, used as a stranger would: each package packed, the tarballs installed into an empty project,
 * imported and run there on Node 20 and Node 24.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeOfMajor, npm, type Output, root, run } from "./npm.js";

interface Packed {
  name: string;
  version: string;
  filename: string;
  files: { path: string }[];
}

/** The oldest Node that package.json promises, and the newest long-term release. */
const NODE_MAJORS = [20, 24];
const NAMES = [
  "@mmgan/core",
  "@mmgan/export",
  "@mmgan/node-io",
  "@mmgan/runtime-node",
  "@mmgan/trainer",
  "mmgan",
];

let folder = "";
let project = "";
let packed: Packed[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mmgan-packed-"));
  project = join(folder, "project");
  mkdirSync(project);
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/cli"], {
    cwd: root,
  });
  const { stdout } = await npm(["pack", "--workspaces", "--json", "--pack-destination", folder], root);
  packed = JSON.parse(stdout) as Packed[];
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  await npm(
    [
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      ...packed.map(({ filename }) => join(folder, filename)),
    ],
    project,
  );
}, 400_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packed files", () => {
  it("are those of every package of the workspace, in one version", () => {
    expect(packed.map(({ name }) => name).sort()).toEqual(NAMES);
    expect([...new Set(packed.map(({ version }) => version))]).toHaveLength(1);
  });

  it.each(NAMES)("of %s are the build, its sources, README and licence, without tests", (name) => {
    const paths = packed.find((entry) => entry.name === name)!.files.map(({ path }) => path);
    const wanted = ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"];
    expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
    expect(paths.filter((path) => /\.test\.|tsbuildinfo|(^|\/)golden\//.test(path))).toEqual([]);
    const sources = paths.filter((path) => path.endsWith(".ts") && path.startsWith("src/"));
    const built = sources.map((path) => path.replace(/^src\/(.*)\.ts$/, "dist/$1.js"));
    expect(paths.filter((path) => path.startsWith("dist/") && path.endsWith(".js")).sort()).toEqual(
      built.sort(),
    );
  });

  it.each(NAMES)("of %s satisfy publint", async (name) => {
    const pkgDir = join(project, "node_modules", name);
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });
});

describe.each(NODE_MAJORS)("on Node %i", (major) => {
  let node = "";

  beforeAll(async () => {
    node = await nodeOfMajor(major);
  }, 200_000);

  /** Runs a module of the empty project there. */
  function runModule(name: string, source: string, args: string[] = []): Promise<Output> {
    writeFileSync(join(project, name), source);
    return run(node, [name, ...args], { cwd: project });
  }

  it.each(NAMES)("imports %s without a word on stderr", async (name) => {
    const { stdout, stderr } = await runModule(
      "import.mjs",
      `import * as everything from ${JSON.stringify(name)};
       console.log(process.versions.node.split(".")[0], Object.keys(everything).length > 0);\n`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: `${major} true\n`, stderr: "" });
  });

  it("runs the mmgan command", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8"));
    const command = join(project, "node_modules", ".bin", "mmgan");
    const { stdout, stderr } = await run(command, ["--version"], { cwd: project, nodeFolder: dirname(node) });
    expect({ stdout, stderr }).toEqual({ stdout: `${version}\n`, stderr: "" });
  });
});

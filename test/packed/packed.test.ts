/**
 * What npm would publish, used as a stranger would: each package packed, the tarballs installed into an empty project,
 * imported and run there on Node 20 and Node 24.
 */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { modelNames } from "@mmgan/models";
import { writePng } from "@mmgan/node-io";
import { clusterFolder, loadModel } from "@mmgan/runtime-node";
import { loadDataset } from "@mmgan/trainer";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { skipOutsideCi } from "../needs.js";
import { makeTinyBundle } from "../tiny-bundle.js";
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
  "@mmgan/gallery",
  "@mmgan/models",
  "@mmgan/node-io",
  "@mmgan/results",
  "@mmgan/runtime-node",
  "@mmgan/runtime-web",
  "@mmgan/trainer",
  "mmgan",
];

/** Pictures in the folder that the README's code sorts. */
const HELD_OUT = 5;

let folder = "";
let project = "";
let packed: Packed[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mmgan-packed-"));
  project = join(folder, "project");
  mkdirSync(project);
  await run(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/cli", "packages/runtime-web"],
    {
      cwd: root,
    },
  );
  // Not apps/: those are private.
  const workspaces = ["packages", "models"].flatMap((at) => ["--workspace", at]);
  const { stdout } = await npm(["pack", ...workspaces, "--json", "--pack-destination", folder], root);
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
  await makeTinyBundle(folder, { data: "digits" });
  cpSync(join(folder, "bundle"), join(project, "quickstart/bundle"), { recursive: true });
  const { pixels } = await loadDataset("digits", { split: "test" });
  for (let i = 0; i < HELD_OUT; i++) {
    const picture = {
      count: 1,
      height: 8,
      width: 8,
      channels: 1,
      data: pixels!.subarray(i * 64, (i + 1) * 64),
    };
    await writePng(join(project, `quickstart/held-out/${i}.png`), picture);
  }
}, 400_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the packed files", () => {
  it("are those of every package of the workspace, in one version", () => {
    expect(packed.map(({ name }) => name).sort()).toEqual(NAMES);
    expect([...new Set(packed.map(({ version }) => version))]).toHaveLength(1);
  });

  it.each(NAMES)("of %s are the build, its sources, README and licence, without tests", (name) => {
    const paths = packed.find((entry) => entry.name === name)!.files.map(({ path }) => path);
    const wanted = ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"];
    expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
    expect(paths.filter((path) => /\.test\.|\/testing[/.]|tsbuildinfo|\/golden\//.test(path))).toEqual([]);
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
  let missing = "";

  beforeAll(async () => {
    try {
      node = await nodeOfMajor(major);
    } catch (error) {
      missing = `Node ${major} could not be had, run the tests on it: ${(error as Error).message}`;
    }
  }, 200_000);

  beforeEach((context) => {
    if (missing) skipOutsideCi(context, missing);
  });

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

  it("runs the code of the README on a bundle", async () => {
    const code = readFileSync(join(root, "README.md"), "utf8").match(/```js\n([\s\S]*?)```/)![1]!;
    const { stdout, stderr } = await runModule("readme.mjs", code);
    expect({ stdout, stderr }).toEqual({ stdout: await readmeOutput(), stderr: "" });
  });

  it("finds the models by name", async () => {
    const { stdout } = await runModule(
      "models.mjs",
      `import { modelNames, modelPath } from "@mmgan/models";
       import { loadModel } from "@mmgan/runtime-node";
       for (const name of modelNames()) {
         const model = await loadModel(modelPath(name));
         console.log(model.manifest.name, (await model.generate({ count: 2 })).count);
         await model.dispose();
       }\n`,
    );
    expect(stdout).toBe(
      modelNames()
        .map((name) => `${name} 2\n`)
        .join(""),
    );
  });

  it("runs the mmgan command, from training to pictures", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8"));
    const command = join(project, "node_modules", ".bin", "mmgan");
    const mmgan = (line: string) =>
      run(command, line.split(" "), { cwd: project, nodeFolder: dirname(node) });
    expect(await mmgan("--version")).toEqual({ stdout: `${version}\n`, stderr: "" });
    const out = `node-${major}`;
    await mmgan(
      `train --data digits --clusters 2 --out ${out}/run --steps 2 --batch 16 --latent 3 --filters 4`,
    );
    await mmgan(`export ${out}/run --out ${out}/bundle`);
    const { stdout } = await mmgan(`generate --model ${out}/bundle --count 4 --out ${out}/grid.png --json`);
    expect(JSON.parse(stdout)).toMatchObject({ count: 4 });
    const png = readFileSync(join(project, out, "grid.png"));
    expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  });
});

/** What the README's code must print: the same calls, here, on the sources. */
async function readmeOutput(): Promise<string> {
  const model = await loadModel(join(project, "quickstart/bundle"));
  try {
    const lines: string[] = [];
    for await (const row of clusterFolder(join(project, "quickstart/held-out"), { model }))
      lines.push(`${row.path} ${"error" in row ? row.error.reason : row.cluster}`);
    expect(lines).toHaveLength(HELD_OUT);
    return `${[...lines, "8 pictures of 8x8"].join("\n")}\n`;
  } finally {
    await model.dispose();
  }
}

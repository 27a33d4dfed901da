/** The examples of every card in models/, as they stand there: each prints what the runtime finds. */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { listModels, modelNames, modelPath } from "@mmgan/models";
import { loadModel } from "@mmgan/runtime-node";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type StaticServer, startStaticServer } from "../browser/static-server.js";
import { CHROMIUM_REMEDY, chromiumPath, startChromium } from "../chromium.js";
import { skipOutsideCi } from "../needs.js";
import { PYTHON_REMEDY } from "../python/python.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const python = process.env.MMGAN_PYTHON;

/** The code block of a language in a model's card. */
function example(name: string, language: string): string {
  const card = readFileSync(join(modelPath(name), "card.md"), "utf8");
  const [, code] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(card)!;
  expect(code!.split("\n")).toHaveLength(5);
  return code!;
}

/** What each example must print: the clusters of the pictures drawn from the clusters' means. */
async function wanted(name: string): Promise<string> {
  const model = await loadModel(modelPath(name), { device: "cpu" });
  try {
    const { images, points } = await model.generate({ spread: 0 });
    return (await model.cluster((images ?? points)!)).clusters.join(" ");
  } finally {
    await model.dispose();
  }
}

it("the means fall into several clusters, so that the examples prove something", async () => {
  const models = await listModels();
  for (const { name, manifest } of models)
    expect(new Set((await wanted(name)).split(" ")).size).toBeGreaterThan(manifest.clusters / 2);
});

describe("TypeScript", () => {
  // Beside node_modules, so that the packages' names resolve; ignored by git.
  const folder = join(root, ".cache", `examples-${process.pid}`);
  const start = process.cwd();
  afterEach(() => {
    process.chdir(start);
    vi.restoreAllMocks();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(modelNames())("of %s", async (name) => {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, example(name, "ts"));
    const printed = vi.spyOn(console, "log").mockImplementation(() => {});
    process.chdir(modelPath(name));
    await import(pathToFileURL(file).href);
    expect(printed.mock.calls).toEqual([[await wanted(name)]]);
  });
});

describe("Python", () => {
  beforeEach((context) => {
    if (!python) skipOutsideCi(context, PYTHON_REMEDY);
  });

  it.each(modelNames())("of %s", async (name) => {
    const stdout = execFileSync(python!, ["-c", example(name, "python")], {
      cwd: modelPath(name),
      encoding: "utf8",
    });
    expect(stdout.trim()).toBe(await wanted(name));
  });
});

describe("browser", () => {
  const executable = chromiumPath();
  let browser: Browser | undefined;
  let server: StaticServer;

  /** A page with nothing but the example; the import map does what a bundler would. */
  const page = (code: string) => `<!doctype html><title>example</title><link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "onnxruntime-web": "/ort/ort.wasm.min.mjs" } }</script>
<body><script type="module">
${code}
</script></body>`;

  beforeAll(async () => {
    const names = modelNames();
    server = await startStaticServer(
      {
        ort: join(root, "node_modules/onnxruntime-web/dist"),
        ...Object.fromEntries(names.map((name) => [name, modelPath(name)])),
      },
      Object.fromEntries(names.map((name) => [`/${name}/`, page(example(name, "js"))])),
    );
    if (executable) browser = await startChromium(executable);
  });
  afterAll(async () => {
    await browser?.close();
    await server.close();
  });

  beforeEach((context) => {
    if (!executable) skipOutsideCi(context, CHROMIUM_REMEDY);
  });

  it.each(modelNames())("of %s", async (name) => {
    const context = await browser!.newContext();
    try {
      const tab = await context.newPage();
      const errors: string[] = [];
      tab.on("pageerror", (error) => errors.push(String(error)));
      tab.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      await tab.goto(`${server.origin}/${name}/`);
      const shown = async () => (await tab.innerText("body")).trim();
      await expect.poll(async () => (await shown()) || errors.join("; "), { timeout: 60_000 }).not.toBe("");
      expect(errors).toEqual([]);
      expect(await shown()).toBe(await wanted(name));
    } finally {
      await context.close();
    }
  });
});

// Runs the operator tests that @tensorflow/tfjs-core ships on our lowerings and ONNX Runtime:
//   npm run conformance [-- PATTERN] [-- --json FILE] [-- --facts]
// PATTERN is a regular expression: only tests whose names match. Exit status 1 when a test fails.
// --facts writes test/conformance/kernel-facts.json, which docs/kernels.md is made from: the operators, types and oldest
// operator sets that the calls of each kernel have shown.
// rolldown bundles the tests, since they are modules that Node cannot load as they lie.

import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const require = createRequire(import.meta.url);
const TFJS_DIST = join(dirname(require.resolve("@tensorflow/tfjs-core/package.json")), "dist");
const PROGRAM = fileURLToPath(
  new URL("../packages/export/src/conformance/suite.test.util.ts", import.meta.url),
);
const FACTS = fileURLToPath(new URL("../test/conformance/kernel-facts.json", import.meta.url));
const TESTS = "mmgan:tfjs-core-tests";
const JASMINE = "jasmine-core/lib/jasmine-core/jasmine.js";
/** Files of tests beside those of operators and optimizers. */
const MORE = ["gradients_test.js", "tensor_test.js", "variable_test.js", "buffer_test.js"];

async function testFiles() {
  const all = (await readdir(TFJS_DIST, { recursive: true })).sort();
  return all
    .filter((path) => /^(ops|optimizers)[/\\].*_test\.js$/.test(path) || MORE.includes(path))
    .map((path) => join(TFJS_DIST, path));
}

async function bundle(file, tests) {
  const built = await rolldown({
    input: PROGRAM,
    platform: "node",
    resolve: {
      conditionNames: ["@mmgan/source", "module", "import", "default"],
      mainFields: ["module", "main"],
    },
    external: [/^node:/],
    // tfjs-core calls its files free of side effects; a test file has no other.
    treeshake: false,
    logLevel: "silent",
    plugins: [
      {
        name: "tfjs-core-tests",
        resolveId: (id) => (id === TESTS || id === JASMINE ? `\0${id}` : undefined),
        load: (id) => {
          if (id === `\0${TESTS}`) return tests.map((path) => `import ${JSON.stringify(path)};`).join("\n");
          // tfjs-core loads jasmine a second time, to set a default there: the program has its own.
          return id === `\0${JASMINE}` ? "module.exports = { core: () => ({}) };" : undefined;
        },
      },
    ],
  });
  await built.write({ file, format: "esm", codeSplitting: false });
  await built.close();
}

async function runSuite(filter) {
  const folder = await mkdtemp(join(tmpdir(), "mmgan-conformance-"));
  try {
    const program = join(folder, "suite.mjs");
    await bundle(program, await testFiles());
    const report = join(folder, "report.json");
    const child = spawn(process.execPath, [program, report, filter], {
      env: { ...process.env, MMGAN_CONFORMANCE_BASE: import.meta.url },
      stdio: ["ignore", process.env.DEBUG ? "inherit" : "ignore", "inherit"],
    });
    await new Promise((resolve) => child.on("close", resolve));
    return JSON.parse(await readFile(report, "utf8"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const args = process.argv.slice(2);
const jsonAt = args.indexOf("--json");
const [, jsonFile] = jsonAt >= 0 ? args.splice(jsonAt, 2) : [];
const factsAt = args.indexOf("--facts");
if (factsAt >= 0) args.splice(factsAt, 1);
const report = await runSuite(args[0] ?? "");
if (jsonFile) await writeFile(jsonFile, JSON.stringify(report));
if (factsAt >= 0) {
  const lines = Object.entries(report.facts).map(
    ([kernel, facts]) => `  ${JSON.stringify(kernel)}: ${JSON.stringify(facts)}`,
  );
  await writeFile(FACTS, `{\n${lines.join(",\n")}\n}\n`);
}
const of = (status) => report.specs.filter((spec) => spec.status === status);
const byReason = new Map();
for (const { reason } of of("excluded")) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
for (const [reason, count] of [...byReason].sort((a, b) => b[1] - a[1]))
  console.log(`excluded ${count}: ${reason}`);
for (const { name, message } of of("failed")) console.log(`FAILED ${name}\n  ${message}`);
for (const line of report.unneeded) console.log(`UNNEEDED exclusion: ${line}`);
console.log(`${report.counts.graphs} graphs, ${report.counts.runs} runs, ${report.kernels.length} kernels`);
console.log(
  `${of("passed").length} passed, ${of("failed").length} failed, ${of("excluded").length} excluded`,
);
process.exitCode = of("failed").length > 0 || report.unneeded.length > 0 || report.specs.length === 0 ? 1 : 0;

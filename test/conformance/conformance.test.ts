/** tfjs-core's own tests of its operators, on our lowerings and ONNX Runtime: `npm run conformance` as a test. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";

interface Spec {
  readonly name: string;
  readonly status: "passed" | "failed" | "excluded";
  readonly reason?: string;
  readonly message?: string;
}
interface Report {
  readonly specs: readonly Spec[];
  readonly kernels: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly unneeded: readonly string[];
}

const SCRIPT = fileURLToPath(new URL("../../scripts/conformance.mjs", import.meta.url));
let report: Report;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "mmgan-conformance-report-"));
  const file = join(folder, "report.json");
  // Exit status 1 is a failed test: the report names it.
  await new Promise((resolve) => execFile(process.execPath, [SCRIPT, "--json", file], resolve));
  report = JSON.parse(await readFile(file, "utf8")) as Report;
  await rm(folder, { recursive: true });
}, 600_000);

const of = (status: Spec["status"]) => report.specs.filter((spec) => spec.status === status);

it("fails none of tfjs-core's operator tests that are not excluded with a reason", () => {
  expect(of("failed").map(({ name, message }) => `${name}: ${message}`)).toEqual([]);
});

it("passes at least 95 % of all tests about types that ONNX has", () => {
  const passed = of("passed").length;
  const foreign = of("excluded").filter(({ reason }) => /^uses (string|complex64) tensors$/.test(reason!));
  expect(passed).toBeGreaterThan(3500);
  expect(passed / (report.specs.length - foreign.length)).toBeGreaterThan(0.95);
});

it("excludes nothing without need", () => {
  expect(report.unneeded).toEqual([]);
});

it("runs the kernels of training steps and of models", () => {
  const kernels = [
    "Conv2DBackpropFilter",
    "FusedConv2D",
    "MaxPoolGrad",
    "GatherNd",
    "ResizeBilinearGrad",
    "Einsum",
  ];
  expect(report.kernels).toEqual(expect.arrayContaining(kernels));
});

it("shows of each kernel what docs/kernels.md says (otherwise: npm run conformance -- --facts && npm run docs)", async () => {
  const stored = await readFile(new URL("kernel-facts.json", import.meta.url), "utf8");
  expect(report.facts).toEqual(JSON.parse(stored));
});

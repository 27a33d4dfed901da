/** Runs the operator tests of @tensorflow/tfjs-core on the backend "onnx-eager"; a program of its own, bundled by run-suite. */

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { registerTraceGradients } from "../gradients.js";
import { EXCLUSIONS } from "./exclusions.test.util.js";
import { EAGER, registerEager } from "./onnx-eager.test.util.js";

/** What became of one test. */
export interface SpecResult {
  readonly name: string;
  readonly status: "passed" | "failed" | "excluded";
  /** Of an exclusion. */
  readonly reason?: string;
  /** Of a failure, the first line. */
  readonly message?: string;
}

export interface SuiteReport {
  readonly specs: readonly SpecResult[];
  /** Graphs built, runs made. */
  readonly counts: { readonly graphs: number; readonly runs: number };
  readonly kernels: readonly string[];
  /** What the calls of each kernel have shown: operators, types, oldest operator sets. */
  readonly facts: Readonly<Record<string, { operators: string[]; types: string[]; opsets: number[] }>>;
  /** Lines of the list of exclusions that no failing test needs. */
  readonly unneeded: readonly string[];
}

interface JasmineSpec {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly { message: string; stack: string }[];
}

const [, , reportPath, filter] = process.argv;
const require = createRequire(process.env.MMGAN_CONFORMANCE_BASE!);
const jasmine = require("jasmine-core").noGlobals();
Object.assign(globalThis, jasmine, { describe });
const env = jasmine.jasmine.getEnv();
const backend = registerEager();
const specs: SpecResult[] = [];
const unneeded = new Set(EXCLUSIONS.flatMap(({ tests }) => tests));
const plain = (name: string): string => name.replace(` ${EAGER} {}`, "");

env.configure({
  random: false,
  forbidDuplicateNames: false,
  stopSpecOnExpectationFailure: true,
  specFilter: (spec: { getFullName(): string }) =>
    !filter || new RegExp(filter).test(plain(spec.getFullName())),
});
env.addReporter({
  specStarted: () => backend.foreign.clear(),
  specDone: (spec: JasmineSpec) => {
    if (spec.status === "excluded" || spec.status === "pending") return;
    specs.push(resultOf(spec));
  },
});

/** As jasmine's, but a group without tests is none rather than an error: tfjs-core has some. */
function describe(name: string, body: () => void): unknown {
  return jasmine.describe(name, () => {
    body();
    jasmine.xit("(a group without tests)", () => {});
  });
}

function resultOf(spec: JasmineSpec): SpecResult {
  const name = plain(spec.fullName);
  if (spec.status === "passed") return { name, status: "passed" };
  const message = spec.failedExpectations[0]?.message.slice(0, 600) ?? "";
  const [foreign] = backend.foreign;
  if (foreign) return { name, status: "excluded", reason: `uses ${foreign} tensors`, message };
  for (const { reason, tests } of EXCLUSIONS) {
    const line = tests.find(
      (test) => name === test || (test.endsWith("*") && name.startsWith(test.slice(0, -1))),
    );
    if (line === undefined) continue;
    unneeded.delete(line);
    return { name, status: "excluded", reason, message };
  }
  return { name, status: "failed", message };
}

registerTraceGradients();
const util = await import("@tensorflow/tfjs-core/dist/jasmine_util.js");
util.setTestEnvs([{ name: EAGER, backendName: EAGER, isDataSync: true }]);
// @ts-expect-error: the bundler makes this module.
await import("mmgan:tfjs-core-tests");
await env.execute();
const report: SuiteReport = {
  specs,
  counts: backend.counts,
  kernels: [...backend.kernels.keys()].sort(),
  facts: Object.fromEntries(
    [...backend.kernels].sort().map(([kernel, { operators, types, opsets }]) => [
      kernel,
      {
        operators: [...operators].sort(),
        types: [...types].sort(),
        opsets: [...opsets].sort((a, b) => a - b),
      },
    ]),
  ),
  unneeded: filter ? [] : [...unneeded],
};
writeFileSync(reportPath!, JSON.stringify(report));
process.exit(0);

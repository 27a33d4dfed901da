/** `mmgan doctor`: what this machine has, and what to install for the rest. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError, DifferenceError, expected } from "@mmgan/core";
import type { EngineReport, Place } from "@mmgan/trainer";
import { type Command, Option } from "commander";
import { dataDirOption, jsonOption } from "../options.js";
import { formatBytes, printResult, textTable } from "../output.js";
import { VERSION } from "../version.js";

/** Oldest Node that mmgan runs on. */
const OLDEST_NODE = 20;

export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .description("Show Node, engines, devices and data sets found here, and what to install for the rest.")
    .addOption(
      new Option(
        "--compare <places...>",
        "run the same tiny steps on two engines, such as onnx/cpu and reference, and name the first tensor that differs (default: off)",
      ),
    )
    .addOption(dataDirOption())
    .addOption(jsonOption())
    .action((options: DoctorArguments) => (options.compare ? compare(options) : doctor(options)));
}

interface DoctorArguments {
  compare?: string[];
  dataDir?: string;
  json?: boolean;
}

/** One line of the report. */
interface Check {
  what: string;
  ok: boolean;
  detail: string;
}

async function doctor({ dataDir, json }: DoctorArguments): Promise<void> {
  const { dataCacheFolder, inspectEngines, listDatasets, placeName } = await import("@mmgan/trainer");
  const { AUTO_DEVICE, probeDevices } = await import("@mmgan/runtime-node");
  const node = checkNode(process.versions.node);
  const devices = await probeDevices();
  const engines = await inspectEngines();
  const datasets = await listDatasets({ dataDir });
  const report = {
    node: { version: process.versions.node, ok: node.ok },
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    versions: libraryVersions(),
    engines,
    devices,
    autoDevice: AUTO_DEVICE,
    datasets: datasets.map(({ name, ready, where }) => ({ name, ready, where })),
    dataCache: dataCacheFolder(),
  };
  await printResult(json, report, () => {
    const checks: Check[] = [
      node,
      {
        what: "machine",
        ok: true,
        detail: `${report.platform}, ${report.cores} cores, ${formatBytes(report.memoryBytes)}`,
      },
      ...Object.entries(report.versions).map(([what, detail]) => ({ what, ok: true, detail })),
      ...engines.map((engine) => ({
        what: `engine ${placeName(engine)}`,
        ok: engine.usable,
        detail: engineWords(engine),
      })),
      ...devices.map(({ device, usable, reason, remedy }) => ({
        what: `device ${device}`,
        ok: usable,
        detail: usable
          ? device === AUTO_DEVICE
            ? "usable, taken by auto"
            : "usable"
          : `${reason}. ${remedy}`,
      })),
      ...datasets.map(({ name, ready, where }) => ({ what: `data ${name}`, ok: ready, detail: where })),
      { what: "data cache", ok: true, detail: report.dataCache },
    ];
    return textTable(checks.map(({ what, ok, detail }) => [ok ? "ok" : "-", what, detail]));
  });
}

/** Whether a Node version is new enough. */
export function checkNode(version: string): Check {
  const ok = Number(version.split(".")[0]) >= OLDEST_NODE;
  return { what: "node", ok, detail: ok ? version : `${version}. Install Node ${OLDEST_NODE} or newer` };
}

/** "usable, 2.31 ms per tiny step, within 1.2e-6 of the reference" or why not and what to install. */
function engineWords({ usable, reason, remedy, selfTest }: EngineReport): string {
  if (!usable) return remedy ? `${reason}. ${remedy}` : `${reason}`;
  const { msPerStep, largestDifference } = selfTest!;
  return `usable, ${msPerStep.toFixed(2)} ms per tiny step, within ${largestDifference.toExponential(1)} of the reference`;
}

/**
 * `mmgan doctor --compare A B`.
 *
 * @throws DifferenceError naming the first tensor that differs
 */
async function compare({ compare: places = [], json }: DoctorArguments): Promise<void> {
  if (places.length !== 2)
    throw new ArgumentError(
      expected("two engines", "--compare", places.join(" "), "For example: --compare onnx/cpu reference"),
    );
  const { comparePlaces, parsePlace } = await import("@mmgan/trainer");
  const [first, second] = places.map(parsePlace) as [Place, Place];
  const result = await comparePlaces(first, second);
  const [nameA, nameB] = places;
  if (result.first) {
    const { tensor, index, a: x, b: y } = result.first;
    throw new DifferenceError(
      `${nameA} and ${nameB} differ, first in ${tensor} at element ${index}: ${x} and ${y}. Train on the one that agrees with reference, and report the other.`,
    );
  }
  await printResult(
    json,
    { places, ...result, same: true },
    () =>
      `${nameA} and ${nameB} agree in ${result.tensors} tensors; the largest difference is ${result.worst.relative.toExponential(1)} of its tensor's largest value, in ${result.worst.tensor}`,
  );
}

/** Versions of mmgan and of the libraries that do the work, as installed; "?" for one that does not say. */
function libraryVersions(): Record<string, string> {
  return {
    mmgan: VERSION,
    "onnxruntime-node": installedVersion("@mmgan/runtime-node", "onnxruntime-node"),
    "@tensorflow/tfjs": installedVersion("@mmgan/trainer", "@tensorflow/tfjs"),
    sharp: installedVersion("@mmgan/node-io", "sharp"),
  };
}

/** The version of `name` that the package `owner` gets, from the package.json above its entry file. */
function installedVersion(owner: string, name: string): string {
  try {
    const entry = createRequire(fileURLToPath(import.meta.resolve(owner))).resolve(name);
    for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
      const path = join(folder, "package.json");
      if (!existsSync(path)) continue;
      const found = JSON.parse(readFileSync(path, "utf8")) as { name?: string; version?: string };
      if (found.name === name && found.version) return found.version;
    }
  } catch {
    // Not installed: said by the engine's and device's own lines.
  }
  return "?";
}

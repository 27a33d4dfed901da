/** `mmgan doctor`: what this machine has, and what to install for the rest. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { dataDirOption, jsonOption } from "../options.js";
import { formatBytes, printResult, textTable } from "../output.js";
import { VERSION } from "../version.js";

/** Oldest Node that mmgan runs on. */
const OLDEST_NODE = 20;

export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .description("Show Node, engines, devices and data sets found here, and what to install for the rest.")
    .addOption(dataDirOption())
    .addOption(jsonOption())
    .action(doctor);
}

/** One line of the report. */
interface Check {
  what: string;
  ok: boolean;
  detail: string;
}

async function doctor({ dataDir, json }: { dataDir?: string; json?: boolean }): Promise<void> {
  const { dataCacheFolder, listDatasets } = await import("@mmgan/trainer");
  const { AUTO_DEVICE, probeDevices } = await import("@mmgan/runtime-node");
  const node = checkNode(process.versions.node);
  const devices = await probeDevices();
  const engines = await checkEngines();
  const datasets = await listDatasets({ dataDir });
  const report = {
    node: { version: process.versions.node, ok: node.ok },
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    versions: libraryVersions(),
    engines: engines.map(({ what, ok, detail }) => ({ engine: what, usable: ok, detail })),
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
      ...engines.map((engine) => ({ ...engine, what: `engine ${engine.what}` })),
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

/** Engines that can hold a state and let it go again. */
async function checkEngines(): Promise<Check[]> {
  const { createEngine, ENGINES } = await import("@mmgan/trainer");
  return Promise.all(
    ENGINES.map(async (what) => {
      try {
        await (await createEngine(what, {})).dispose();
        return { what, ok: true, detail: what === "onnx" ? "usable, the default" : "usable" };
      } catch (error) {
        return { what, ok: false, detail: (error as Error).message };
      }
    }),
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

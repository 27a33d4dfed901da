import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFolderAtomic } from "@mmgan/node-io";
import { loadModel, probeDevices } from "@mmgan/runtime-node";
import { afterAll } from "vitest";
import { describeRuntimeContract } from "./runtime-contract.js";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

// The CPU always; WebGPU and CUDA where there is a driver (`mmgan doctor` says so).
for (const { device, usable } of await probeDevices())
  if (usable)
    describeRuntimeContract(`runtime-node on ${device}`, async (files) => {
      const folder = await mkdtemp(join(tmpdir(), "mmgan-contract-"));
      folders.push(folder);
      await writeFolderAtomic(join(folder, "bundle"), files);
      return loadModel(join(folder, "bundle"), { device, threads: 1 });
    });

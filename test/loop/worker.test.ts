/** Batches made in a thread: the same training, to the byte, and no thread left whatever ends it. */

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CHILD = fileURLToPath(new URL("./worker-child.mjs", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-worker-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a scenario. That the process ends at all shows that no thread is left. */
function scenario(name: string): Promise<Record<string, unknown>> {
  const child = spawn(process.execPath, [CHILD, name, join(folder, name)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    text.stderr += chunk;
  });
  return new Promise((resolve, reject) =>
    child.on("close", (code) => {
      if (code === 0 && text.stderr === "") resolve(JSON.parse(text.stdout));
      else reject(new Error(`exit ${code}: ${text.stderr}`));
    }),
  );
}

describe("a training whose batches a worker makes", () => {
  let inline: Record<string, unknown>;
  beforeAll(async () => {
    inline = await scenario("inline");
  });

  it("starts no worker when told not to", () => {
    expect(inline).toMatchObject({ newest: "00000060.safetensors", threads: [] });
  });

  it("ends in the bytes of one without, starts, walks and GAN included", async () => {
    expect(await scenario("worker")).toEqual({ ...inline, threads: [true] });
  });

  it("goes on by itself when its worker is killed, to the same bytes", async () => {
    expect(await scenario("kill")).toEqual({ ...inline, threads: [true] });
  });

  it("stops on request with a checkpoint of that step", async () => {
    expect(await scenario("abort")).toMatchObject({
      error: { code: "E_INTERRUPTED" },
      newest: "00000030.safetensors",
      threads: [true],
    });
  });

  it("ends its worker, and writes what was to be written, when something throws", async () => {
    expect(await scenario("throw")).toMatchObject({
      error: { message: "thrown after step 30" },
      newest: "00000020.safetensors",
      threads: [true],
    });
  });

  it("gets the worker's error as its own: class, code and message", async () => {
    const { inline: here, worker: there } = await scenario("failing");
    expect(here).toMatchObject({ class: "ArgumentError", code: "E_ARGUMENT" });
    expect((here as { message: string }).message).toMatch(
      /^Expected a node from 0 to 4 for start \d+ of a walk/,
    );
    expect(there).toEqual({ ...(here as object), kind: "worker" });
  });
});

/** Tests only: every engine on every device it has a test for, and what to do where one is not there. */

import type { Device } from "@mmgan/core";
// biome-ignore lint/correctness/noUndeclaredDependencies: for tests only, which run in the workspace
import type { TestContext } from "vitest";
import { inContinuousIntegration } from "../data/testing.js";
import { createEngine, ENGINES, type EngineName } from "../engines/engine.js";

export interface Place {
  engine: EngineName;
  device: Device;
  /** Computes in software: only a few small cases. */
  slow: boolean;
}

/** The onnx engine on the devices that CI has; any other engine where it runs. */
export const PLACES: readonly Place[] = ENGINES.flatMap((engine): Place[] =>
  engine === "onnx"
    ? [
        { engine, device: "cpu", slow: false },
        { engine, device: "webgpu", slow: true },
      ]
    : [{ engine, device: "cpu", slow: false }],
);

export const placeName = ({ engine, device }: Place): string =>
  engine === "onnx" ? `onnx-${device}` : engine;

/** Ends the running test where a place is not usable: skipped with the reason and remedy, in CI failed. */
export async function needPlace(context: TestContext, { engine, device }: Place): Promise<void> {
  try {
    await (await createEngine(engine, {}, { device })).dispose();
  } catch (error) {
    const remedy = "For WebGPU without a graphics card: apt-get install chromium libvulkan1.";
    const reason = `${(error as Error).message}${device === "webgpu" ? ` ${remedy}` : ""}`;
    if (inContinuousIntegration()) throw new Error(`CI must not skip this: ${reason}`, { cause: error });
    context.skip(reason);
  }
}

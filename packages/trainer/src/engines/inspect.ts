/** Every engine on every device: usable or why not, with a self-test of a tiny step. */

import type { Device, PlainTensor } from "@mmgan/core";
import { probeTensorflow } from "../tensorflow/probe.js";
import { trainingDevices } from "./devices.js";
import { tensorDifference } from "./difference.js";
import { createEngine, type EngineName } from "./engine.js";
import { PLACES, type Place } from "./place.js";
import { probeRuns, probeState } from "./probe-step.js";

/** Steps of a self-test end after this many, or this time, whichever is first. */
const STEPS = 20;
const SECONDS = 0.5;

export interface SelfTest {
  /** Median time of a step of 8 pictures of 12x12 pixels, after the first. */
  msPerStep: number;
  /** Largest difference of the first step to the reference engine's, relative to each tensor's largest value. */
  largestDifference: number;
}

export interface EngineReport {
  engine: EngineName;
  device: Device;
  usable: boolean;
  /** Why not, one line; only when it is not usable. */
  reason?: string;
  /** What to install; only when it is not usable and known. */
  remedy?: string;
  selfTest?: SelfTest;
}

async function probePlace({
  engine,
  device,
}: Place): Promise<Pick<EngineReport, "usable" | "reason" | "remedy">> {
  if (engine === "onnx") return trainingDevices.probe(device);
  if (engine === "reference") return { usable: true };
  const { usable, reason, remedy } = await probeTensorflow();
  return usable ? { usable } : { usable, ...(reason && { reason }), ...(remedy && { remedy }) };
}

/** Takes about a second for each place that is usable; never rejects. */
export async function inspectEngines(): Promise<EngineReport[]> {
  let expected: Record<string, PlainTensor> | undefined;
  const reports: EngineReport[] = [];
  for (const place of PLACES) {
    try {
      const probe = await probePlace(place);
      if (probe.usable) expected ??= (await steps({ engine: "reference", device: "cpu" }, 1)).tensors;
      reports.push({
        ...probe,
        ...place,
        ...(probe.usable ? { selfTest: await selfTest(place, expected!) } : {}),
      });
    } catch (error) {
      reports.push({ ...place, usable: false, reason: (error as Error).message });
    }
  }
  return reports;
}

async function selfTest(place: Place, expected: Record<string, PlainTensor>): Promise<SelfTest> {
  const { tensors, times } = await steps(place, STEPS);
  const largestDifference = Math.max(
    ...Object.entries(expected).map(
      ([name, value]) => tensorDifference(name, tensors[name]!, value).relative,
    ),
  );
  const later = (times.length > 1 ? times.slice(1) : times).sort((a, b) => a - b);
  return { msPerStep: later[Math.floor(later.length / 2)]!, largestDifference };
}

/** Up to `count` steps of the GAN: the state and outputs after the first, and how long each took in ms. */
async function steps(place: Place, count: number) {
  const { program, batch, hyper } = probeRuns().at(-1)!;
  const engine = await createEngine(place.engine, probeState(), { device: place.device });
  try {
    const times: number[] = [];
    let tensors: Record<string, PlainTensor> = {};
    const ends = performance.now() + 1000 * SECONDS;
    for (let i = 0; i < count && (i < 2 || performance.now() < ends); i++) {
      const started = performance.now();
      const outputs = await engine.run(program, batch, hyper);
      times.push(performance.now() - started);
      if (i === 0) tensors = { ...outputs, ...(await engine.state()) };
    }
    return { tensors, times };
  } finally {
    await engine.dispose();
  }
}

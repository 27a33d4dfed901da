/** Whether a training step fits the memory, told before the first one: too large a batch otherwise ends the process. */

import { freemem } from "node:os";
import { MemoryError } from "@mmgan/core";
import { peakMemory } from "@mmgan/export";
import { checkConfig, type TrainConfig } from "../config.js";
import { modelOf } from "../models/index.js";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";
import { traceProgram } from "./trace-program.js";

/**
 * Growth of the process over what a step's graph holds at one time, besides the session itself: 2.0 to 3.6 times,
 * measured on the CPU for pictures of 28 to 64 pixels, batches of 64 to 1000 and 8 to 32 filters (ONNX Runtime's arena
 * grows in powers of two, and blocked convolutions copy). `least` refuses, `most` says which batch fits.
 */
const FACTOR = { least: 2, most: 4 };

/** What a session takes however small the graph is. */
const SESSION_BYTES = 64 * 2 ** 20;

/** No step of ours was seen to hold more than a fifth of this many values per pixel, filter and row. */
const FAR_ABOVE = 100;

/** Bytes a step's graph holds at one time: state, batch, next state, and values between. */
export function stepBytes(program: Program, state: PlainState): number {
  const { inputs, outputs, constants, intermediates } = peakMemory(traceProgram(program, state).onnx);
  return inputs + outputs + constants + intermediates;
}

/**
 * Bytes that this process may still take: what the machine has free, and no more than its container's limit.
 * MMGAN_MEMORY (bytes) overrides it.
 */
export function freeBytes(): number {
  const given = Number(process.env.MMGAN_MEMORY);
  if (given > 0) return given;
  const limit = process.constrainedMemory?.() ?? 0; // absurdly large or 0 without one
  const { rss } = process.memoryUsage();
  return limit > 0 ? Math.min(freemem(), Math.max(0, limit - rss)) : freemem();
}

/**
 * @throws MemoryError when the largest step of a training certainly does not fit, with the batch that does
 */
export function mustFitMemory(config: TrainConfig, free: number = freeBytes()): void {
  const { input, batch, filters } = config;
  const pixels = input.kind === "image" ? input.height * input.width : input.dim;
  const rows = batch * (modelOf(config).rowsPerSample?.(config) ?? 1);
  if (4 * rows * pixels * filters * FAR_ABOVE + SESSION_BYTES < free) return; // spares a trace, where there is plenty
  const least = bytesAt(config, FACTOR.least);
  if (least <= free) return;
  throw new MemoryError(
    `Expected memory for a batch of ${batch} but a step needs at least ${inMebibytes(least)} and ${inMebibytes(free)} are free. ${advice(config, free)}`,
  );
}

/** An error as it was, or one of the memory with the batch that fits. */
export function withFittingBatch(error: unknown, config: TrainConfig): unknown {
  if (!(error instanceof MemoryError)) return error;
  return new MemoryError(
    `${error.message} ${advice(config, Math.min(freeBytes(), bytesAt(config, FACTOR.least)))}`,
    {
      cause: error,
    },
  );
}

/** The largest program of a training: all terms it ever has at once. */
function bytesAt(config: TrainConfig, factor: number): number {
  const model = modelOf(config);
  return factor * stepBytes(model.largestProgram(config), model.initialState(config)) + SESSION_BYTES;
}

function withBatch(config: TrainConfig, batch: number): TrainConfig {
  if (config.model !== "mmgan") return { ...config, batch };
  return { ...config, batch, ganBatch: Math.min(config.ganBatch, batch) };
}

function advice(config: TrainConfig, free: number): string {
  const fits = fittingBatch(config, free);
  return fits === undefined
    ? "No batch fits: lower --filters or --size, or free memory."
    : `Pass --batch ${fits}, which fits${config.model === "mmgan" && fits < config.ganBatch ? ` (with --set ganBatch=${fits})` : ""}.`;
}

/** The largest batch of the form batch / 2^n that surely fits; undefined when none does. */
export function fittingBatch(config: TrainConfig, free: number): number | undefined {
  for (let batch = Math.floor(config.batch / 2); batch >= 2; batch = Math.floor(batch / 2)) {
    const smaller = withBatch(config, batch);
    try {
      checkConfig(smaller);
    } catch {
      return undefined; // smaller ones are refused for another reason
    }
    if (bytesAt(smaller, FACTOR.most) <= free) return batch;
  }
  return undefined;
}

const inMebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

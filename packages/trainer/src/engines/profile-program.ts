/** Where the time of a program goes, node by node, from ONNX Runtime's own profile. */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlainTensor } from "@mmgan/core";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";
import { createEngine } from "./engine.js";

/** The time of all nodes of one operator in one run. */
export interface OperatorTime {
  /** Operator, e.g. "Conv"; what the runtime made of the graph, not what was traced. */
  operator: string;
  /** Nodes run. */
  nodes: number;
  /** Milliseconds a run, mean over the runs. */
  ms: number;
}

interface ProfileEvent {
  cat: string;
  name: string;
  /** Microseconds. */
  dur: number;
  args?: { op_name?: string };
}

/**
 * Runs a program a few times under the runtime's profiler, on the CPU. Profiling itself costs some per cent: the
 * shares count, not the sum.
 *
 * @param runs - measured runs, after one that is left out. Default 5
 */
export async function profileProgram(
  program: Program,
  state: PlainState,
  batch: Record<string, PlainTensor>,
  hyper: Record<string, number>,
  { threads = 0, tune = false, runs = 5 }: { threads?: number; tune?: boolean; runs?: number } = {},
): Promise<OperatorTime[]> {
  const folder = await mkdtemp(join(tmpdir(), "mmgan-profile-"));
  try {
    const engine = await createEngine("onnx", state, { threads, tune, profile: join(folder, "profile") });
    try {
      for (let run = 0; run <= runs; run++) await engine.run(program, batch, hyper);
    } finally {
      await engine.dispose();
    }
    // The tuner's sessions leave profiles too, all of them smaller.
    const texts = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")),
    );
    const longest = texts.reduce((a, b) => (b.length > a.length ? b : a));
    return operatorTimes(JSON.parse(longest), runs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sums the kernels' times by operator, without the first run's. Longest first. */
export function operatorTimes(events: readonly ProfileEvent[], runs: number): OperatorTime[] {
  const kernels = events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"));
  const perRun = kernels.length / (runs + 1); // one run is sequential: its kernels come in one piece
  const times = new Map<string, OperatorTime>();
  for (const { args, dur } of kernels.slice(perRun)) {
    const operator = args?.op_name ?? "unknown";
    const sum = times.get(operator) ?? { operator, nodes: 0, ms: 0 };
    times.set(operator, { operator, nodes: sum.nodes + 1 / runs, ms: sum.ms + dur / 1000 / runs });
  }
  return [...times.values()]
    .map((time) => ({ ...time, nodes: Math.round(time.nodes) }))
    .sort((a, b) => b.ms - a.ms);
}

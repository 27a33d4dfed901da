/** Where the time of a program goes, node by node, from ONNX Runtime's own profile. */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlainTensor } from "@mmgan/core";
import * as ort from "onnxruntime-node";
import type { Program } from "../models/program.js";
import type { PlainState } from "../nets/parameters.js";
import { traceProgram } from "./onnx-engine.js";

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
 * Runs a program a few times under the runtime's profiler, on the CPU. The state stays as it is. Profiling itself costs
 * some per cent: the shares count, not the sum.
 *
 * @param runs - measured runs, after one that is left out. Default 5
 */
export async function profileProgram(
  program: Program,
  state: PlainState,
  batch: Record<string, PlainTensor>,
  hyper: Record<string, number>,
  { threads = 0, runs = 5 }: { threads?: number; runs?: number } = {},
): Promise<OperatorTime[]> {
  const folder = await mkdtemp(join(tmpdir(), "mmgan-profile-"));
  try {
    const session = await ort.InferenceSession.create(traceProgram(program, state), {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
      extra: { session: { set_denormal_as_zero: "1" } },
      enableProfiling: true,
      profileFilePrefix: join(folder, "profile"),
    });
    const feeds: Record<string, ort.Tensor> = {};
    const feed = (name: string, { type, data, dims }: PlainTensor) => {
      if (session.inputNames.includes(name))
        feeds[name] = new ort.Tensor(type, data as Float32Array, [...dims]);
    };
    for (const name of program.reads) feed(`state/${name}`, state[name]!);
    for (const [name, plain] of Object.entries(batch)) feed(`batch/${name}`, plain);
    for (const name of program.hyper)
      feed(`hyper/${name}`, { type: "float32", dims: [], data: Float32Array.of(hyper[name]!) });
    for (let run = 0; run <= runs; run++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    return operatorTimes(JSON.parse(await readFile(join(folder, file!), "utf8")), runs);
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

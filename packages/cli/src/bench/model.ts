/** `mmgan bench encode` and `generate`: a bundle's speed in batches of 1, 64 and 256, and Python's beside it. */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PeerError } from "@mmgan/core";
import { writeFileAtomic } from "@mmgan/node-io";
import { log } from "../output.js";
import { type BenchBundle, type BundleOptions, withBundle } from "./bundle.js";
import { Contender } from "./contender.js";
import { peerDevice, startPeer, writeTensors } from "./peers.js";
import { type Entry, timeInRounds } from "./rounds.js";
import { type Timing, timing } from "./timing.js";

export interface ModelOptions extends BundleOptions {
  runs?: number;
  device?: "auto" | "cpu" | "webgpu" | "cuda";
  threads?: number;
  /** Python with onnxruntime and PyTorch 2. */
  peer?: string;
}

export interface BenchResult {
  bench: string;
  /** What was measured, for the record. */
  settings: Record<string, string | number>;
  timings: (Timing & { batch?: number; by?: "mmgan" | "peer"; peakBytes?: number })[];
  /** Speed of ours over another's: above 1 ours is faster. Only with a peer. */
  ratios?: { batch: number; against: string; median: number; min: number }[];
}

export const BATCHES = [1, 64, 256];

/** Largest relative difference of logits between ours and the peer's; above it no ratio is printed. */
const LOGITS_TOLERANCE = 1e-3;

export async function benchModel(
  bench: "encode" | "generate",
  options: ModelOptions,
  signal: AbortSignal,
): Promise<BenchResult> {
  return withBundle(options, signal, (bundle) => measure(bench, bundle, options, signal));
}

interface ModelEntry extends Entry {
  batch: number;
  by: "mmgan" | "peer";
  library: string;
}

async function measure(
  bench: "encode" | "generate",
  bundle: BenchBundle,
  { device, runs, peer, model, ...options }: ModelOptions,
  signal: AbortSignal,
): Promise<BenchResult> {
  const threads = options.threads ?? availableParallelism();
  const images = join(bundle.temporary, "images.bin");
  await writeFileAtomic(images, inputBytes(bundle));
  const command = { do: "setup", bench, bundle: bundle.folder, threads, batches: BATCHES, images };
  const contenders: Contender[] = [];
  const entries: ModelEntry[] = [];
  try {
    const own = new Contender({
      name: "the runtime",
      file: process.execPath,
      args: [fileURLToPath(new URL("./model-child.js", import.meta.url))],
      ...{ threads, signal },
    });
    contenders.push(own);
    const ours = await own.ask<{ variants: string[]; device: string }>({
      ...command,
      ...(device ? { device } : {}),
    });
    const logits = new Map<number, number[]>();
    for (const [i, variant] of ours.variants.entries()) {
      const batch = BATCHES[i]!;
      logits.set(batch, (await own.ask<{ logits: number[] }>({ do: "prepare", variant })).logits);
      entries.push({ name: variant, contender: own, variant, batch, by: "mmgan", library: "mmgan" });
    }
    if (peer !== undefined) {
      const contender = startPeer(peer, "model.py", threads, signal);
      contenders.push(contender);
      entries.push(
        ...(await peerEntries(contender, { ...command, device: peerDevice(device) }, bundle, logits)),
      );
    }
    const times = await timeInRounds(entries, runs, signal);
    const timings = entries.map(({ name, batch, by }) => {
      const { ms, peakBytes } = times.get(name)!;
      return { ...timing(name, ms, batch), batch, by, peakBytes };
    });
    const settings = { bundle: model ?? "untrained", device: ours.device, ...settingsOf(bundle), threads };
    return { bench, settings, timings, ...(peer ? { ratios: ratiosOf(entries, timings) } : {}) };
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

/** Prepares every variant of the peer; one that fails is left out, one that computes something else ends the bench. */
async function peerEntries(
  contender: Contender,
  command: { do: string } & Record<string, unknown>,
  { manifest, net, temporary }: BenchBundle,
  logits: ReadonlyMap<number, readonly number[]>,
): Promise<ModelEntry[]> {
  const { clusters, latentDim, input } = manifest;
  if (input.kind !== "image")
    throw new PeerError(
      "Expected a bundle of pictures for --peer but this one is of points. Leave --peer out.",
    );
  const tensors = join(temporary, "tensors");
  if (net) await writeTensors(tensors, net.weights);
  const { variants } = await contender.ask<{ variants: string[] }>({
    ...command,
    ...{ clusters, latentDim, shape: [input.height, input.width, input.channels] },
    ...(net ? { tensors, plan: net.plan } : {}),
  });
  const entries: ModelEntry[] = [];
  for (const variant of variants) {
    const [library, , count] = variant.split(" ");
    const batch = Number(count);
    try {
      const theirs = await contender.ask<{ logits: number[] }>({ do: "prepare", variant });
      mustAgree(variant, logits.get(batch)!, theirs.logits);
    } catch (error) {
      if (!(error instanceof PeerError) || error.message.startsWith("Expected")) throw error;
      log(`left out: ${error.message}`);
      continue;
    }
    const name = library === "onnxruntime" ? `Python ${variant}` : `PyTorch ${variant}`;
    entries.push({ name, contender, variant, batch, by: "peer", library: library! });
  }
  return entries;
}

function mustAgree(variant: string, ours: readonly number[], theirs: readonly number[]): void {
  const size = Math.max(...ours.map(Math.abs), 1e-12);
  const worst = Math.max(0, ...theirs.map((value, i) => Math.abs(value - ours[i]!))) / size;
  if (!(worst <= LOGITS_TOLERANCE))
    throw new PeerError(
      `Expected the logits of ${variant} within ${LOGITS_TOLERANCE} of ours, but they differ by ${worst.toExponential(1)}. These are two different nets; no time is compared.`,
    );
}

/** Ours against Python's onnxruntime, and against the fastest of PyTorch's variants, by batch. */
function ratiosOf(entries: readonly ModelEntry[], timings: readonly Timing[]) {
  return BATCHES.flatMap((batch) => {
    const at = (library: (name: string) => boolean) =>
      timings.filter((_, i) => entries[i]!.batch === batch && library(entries[i]!.library));
    const least = (rows: readonly Timing[], field: "minMs" | "medianMs") =>
      Math.min(...rows.map((row) => row[field]));
    const [own] = at((name) => name === "mmgan");
    const rivals = {
      onnxruntime: at((name) => name === "onnxruntime"),
      PyTorch: at((name) => name !== "mmgan" && name !== "onnxruntime"),
    };
    return Object.entries(rivals)
      .filter(([, rows]) => rows.length > 0)
      .map(([against, rows]) => ({
        batch,
        against,
        median: least(rows, "medianMs") / own!.medianMs,
        min: least(rows, "minMs") / own!.minMs,
      }));
  });
}

/** Inputs for the largest batch: pixels of every value, or coordinates 0. */
function inputBytes({ manifest: { input } }: BenchBundle): Uint8Array {
  const most = Math.max(...BATCHES);
  if (input.kind === "point") return new Uint8Array(4 * most * input.dim);
  const length = most * input.height * input.width * input.channels;
  return Uint8Array.from({ length }, (_, i) => (i * 97) % 256);
}

function settingsOf({ manifest: { input, clusters } }: BenchBundle): Record<string, string | number> {
  return {
    ...(input.kind === "image"
      ? { size: input.height, channels: input.channels }
      : { coordinates: input.dim }),
    clusters,
  };
}

/** `mmgan bench encode` and `generate`: a bundle's speed, in batches of 1, 64 and 256. */

import { type ImageBatch, InterruptedError, type Model } from "@mmgan/core";
import { type BundleOptions, withBundle } from "./bundle.js";
import { type Timing, timing } from "./timing.js";

export interface ModelOptions extends BundleOptions {
  runs?: number;
  device?: "auto" | "cpu" | "webgpu" | "cuda";
  threads?: number;
}

export interface BenchResult {
  bench: string;
  /** What was measured, for the record. */
  settings: Record<string, string | number>;
  timings: Timing[];
}

export async function benchModel(
  bench: "encode" | "generate",
  options: ModelOptions,
  signal: AbortSignal,
): Promise<BenchResult> {
  return withBundle(options, signal, async (bundle): Promise<BenchResult> => {
    const { loadModel } = await import("@mmgan/runtime-node");
    const { runs = 10, threads } = options;
    const model = await loadModel(bundle, { device: options.device, threads });
    try {
      const timings: Timing[] = [];
      for (const batch of [1, 64, 256]) {
        const once =
          bench === "encode" ? await encoding(model, batch) : () => model.generate({ count: batch, signal });
        await once(); // the first run plans its memory
        timings.push(timing(`batch ${batch}`, await repeat(runs, once, signal), batch));
      }
      return {
        bench,
        settings: { bundle: options.model ?? "untrained", ...settingsOf(model), threads: threads ?? "all" },
        timings,
      };
    } finally {
      await model.dispose();
    }
  });
}

async function encoding(model: Model, count: number): Promise<() => Promise<unknown>> {
  const { input } = model.manifest;
  if (input.kind === "point") {
    const points = { count, dim: input.dim, data: new Float32Array(count * input.dim) };
    return () => model.cluster(points);
  }
  const { height, width, channels } = input;
  const data = Uint8Array.from({ length: count * height * width * channels }, (_, i) => (i * 97) % 256);
  const images: ImageBatch = { count, height, width, channels, data };
  return () => model.cluster(images);
}

function settingsOf({ manifest, device }: Model): Record<string, string | number> {
  const { input } = manifest;
  return {
    device,
    ...(input.kind === "image"
      ? { size: input.height, channels: input.channels }
      : { coordinates: input.dim }),
    clusters: manifest.clusters,
  };
}

/** Milliseconds of each of `runs` calls. */
export async function repeat(
  runs: number,
  work: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    if (signal.aborted) throw new InterruptedError("Stopped on request.");
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times;
}

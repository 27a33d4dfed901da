/** The process that runs our own model for `mmgan bench encode` and `generate`. */

import { readFile } from "node:fs/promises";
import type { Model } from "@mmgan/core";
import { loadModel } from "@mmgan/runtime-node";
import { peakBytes, serve, timed } from "./serve.js";

interface Setup {
  bench: "encode" | "generate";
  bundle: string;
  threads: number;
  device?: "auto" | "cpu" | "webgpu" | "cuda";
  batches: number[];
  /** File of raw inputs: uint8 pixels, or float32 coordinates. */
  images: string;
}

const WARM_UP = 3;
let model: Model | undefined;
const works = new Map<string, () => Promise<unknown>>();

function encoding(loaded: Model, bytes: Uint8Array, count: number) {
  const { input } = loaded.manifest;
  if (input.kind === "point") {
    const data = new Float32Array(bytes.buffer, bytes.byteOffset, count * input.dim);
    return () => loaded.cluster({ count, dim: input.dim, data });
  }
  const { height, width, channels } = input;
  const data = bytes.subarray(0, count * height * width * channels);
  return () => loaded.cluster({ count, height, width, channels, data });
}

await serve({
  async setup(command) {
    const { bench, bundle, batches, images, ...options } = command as unknown as Setup;
    const loaded = await loadModel(bundle, options);
    model = loaded;
    const bytes = new Uint8Array(await readFile(images));
    for (const count of batches)
      works.set(
        `batch ${count}`,
        bench === "encode" ? encoding(loaded, bytes, count) : () => loaded.generate({ count }),
      );
    return { variants: [...works.keys()], device: loaded.device };
  },
  async prepare({ variant }) {
    const work = works.get(variant as string)!;
    const out = (await work()) as { logits?: Float32Array };
    await timed(work, WARM_UP);
    return { logits: [...(out.logits ?? []).slice(0, model!.manifest.clusters)] };
  },
  async run({ variant, runs }) {
    return { ms: await timed(works.get(variant as string)!, runs as number), peakBytes: peakBytes() };
  },
});
await model?.dispose();

/** The process that times matrix products on the onnx engine. */

import type { DeviceName } from "@mmgan/core";
import * as trainer from "@mmgan/trainer";
import { PRODUCT_SHAPES, shapeName } from "./gemm.js";
import { serve, timed } from "./serve.js";

const engines = new Map<string, trainer.Engine>();

await serve({
  async setup({ threads, device }) {
    const options = { threads: threads as number, ...(device ? { device: device as DeviceName } : {}) };
    for (const shape of PRODUCT_SHAPES)
      engines.set(shapeName(shape), await trainer.createEngine("onnx", trainer.productState(shape), options));
    return { variants: [...engines.keys()] };
  },
  async prepare() {
    for (const shape of PRODUCT_SHAPES)
      await timed(() => engines.get(shapeName(shape))!.run(trainer.productProgram(shape), {}), 2);
    return {};
  },
  /** Every shape, least and median time. */
  async run({ runs }) {
    const ms: Record<string, number[]> = {};
    for (const shape of PRODUCT_SHAPES)
      ms[shapeName(shape)] = await timed(
        () => engines.get(shapeName(shape))!.run(trainer.productProgram(shape), {}),
        runs as number,
      );
    return { ms };
  },
});
for (const engine of engines.values()) await engine.dispose();

/** The extension point for kernels of users: a lowering under the kernel's name. */

import { ArgumentError, expected } from "@mmgan/core";
import { LOWERINGS } from "../kernels/index.js";
import type { Lowering } from "../kernels/lowering.js";
import { addKernel } from "../session.js";

/**
 * Makes a custom kernel known to `traceToOnnx` and `convert`, for the rest of the process.
 *
 * @param kernelName - as in `tf.engine().runKernel(kernelName, inputs, attrs)`
 * @param lower - writes one call as ONNX nodes with `ops`; see src/kernels for examples
 * @throws ArgumentError for a kernel of tfjs's own, which has its lowering
 */
export function registerLowering(kernelName: string, lower: Lowering): void {
  if (Object.hasOwn(LOWERINGS, kernelName))
    throw new ArgumentError(
      expected("a kernel without a lowering", "kernelName", kernelName, "Give your kernel a name of its own"),
    );
  addKernel(kernelName, lower);
}

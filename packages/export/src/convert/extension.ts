/** The extension point for kernels of users: a lowering under the kernel's name. */

import { ArgumentError, expected } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
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

/** What a module of a user's is handed: this package's tfjs, whose registries layers, operations and kernels go into. */
export interface ExtensionContext {
  readonly tf: typeof tf;
  readonly registerLowering: typeof registerLowering;
}

/**
 * Calls the default export of a user's module: `export default ({ tf, registerLowering }) => { ... }`.
 *
 * @throws ArgumentError when the module has no function for a default export
 */
export async function applyExtension(module: { readonly default?: unknown }, path: string): Promise<void> {
  if (typeof module.default !== "function")
    throw new ArgumentError(
      expected(
        "a function as default export",
        path,
        typeof module.default,
        "Write export default ({ tf, registerLowering }) => { ... }",
      ),
    );
  await module.default({ tf, registerLowering } satisfies ExtensionContext);
}

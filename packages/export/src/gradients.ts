/** Gradients tfjs lacks, and gradients that lower better than tfjs's own. tfjs keeps one registry per process. */

import * as tf from "@tensorflow/tfjs";

/** Kernels that jump between values: their gradient is 0 wherever it exists. */
const PIECEWISE_CONSTANT = [
  "Equal",
  "NotEqual",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "LogicalAnd",
  "LogicalOr",
  "LeakyReluSlope",
];

const zeroGradient = (kernelName: string, names: readonly string[]): tf.GradConfig => ({
  kernelName,
  inputsToSave: [...names],
  gradFunc: (_dy, saved) =>
    Object.fromEntries(
      names.map((name, i) => [name, () => tf.zeros(saved[i]!.shape)]),
    ) as ReturnType<tf.GradFunc>,
});

function resizeGradient(kernelName: string, forward: string): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ["images"],
    gradFunc: (ddx, saved, attrs) => {
      const images = ddx as tf.Tensor;
      const size = (attrs as unknown as tf.ResizeBilinearAttrs).size;
      return {
        dy: () => tf.engine().runKernel(forward, { images }, { ...attrs, size }),
        images: () => tf.zerosLike(saved[0]!),
      };
    },
  };
}

/** Gradients of kernels that only appear in gradients: second derivatives need them. */
const SECOND: readonly tf.GradConfig[] = [
  ...PIECEWISE_CONSTANT.filter((name) => name !== "LeakyReluSlope").map((name) =>
    zeroGradient(name, ["a", "b"]),
  ),
  zeroGradient("LogicalNot", ["x"]),
  zeroGradient("IsNan", ["x"]),
  zeroGradient("LeakyReluSlope", ["y"]),
  // Resizing is linear: the gradient of its gradient is the resizing itself.
  resizeGradient("ResizeBilinearGrad", "ResizeBilinear"),
  resizeGradient("ResizeNearestNeighborGrad", "ResizeNearestNeighbor"),
];

/**
 * Registers zero gradients for comparisons and logic, so that a gradient of a gradient goes through relu, leakyRelu,
 * where, maximum and the like on every tfjs backend. A second call changes nothing.
 */
export function registerSecondGradients(): void {
  for (const config of SECOND) tf.registerGradient(config);
}

/** The slope of leakyRelu as a kernel of its own, on the tracing backend only. */
const slope = (y: tf.Tensor, alpha: number): tf.Tensor =>
  tf.engine().runKernel("LeakyReluSlope", { y }, { alpha });

/** x <= 0 gives y <= 0 only when alpha >= 0, and clip(y * steep, alpha, 1) needs alpha <= 1. */
const readable = (alpha: number): boolean => alpha >= 0 && alpha <= 1;

/**
 * Gradients read from outputs: the value before the activation is then needed by nothing, so that the runtime can fuse
 * convolution, bias and activation, and no Where or Greater is left in the backward pass.
 */
const FAST: readonly tf.GradConfig[] = [
  {
    kernelName: "Relu",
    outputsToSave: [true],
    gradFunc: (dy, saved) => ({ x: () => tf.mul(dy as tf.Tensor, slope(saved[0]!, 0)) }),
  },
  {
    kernelName: "LeakyRelu",
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradFunc: (dy, saved, attrs) => {
      const { alpha } = attrs as unknown as tf.LeakyReluAttrs;
      const [x, y] = saved as [tf.Tensor, tf.Tensor];
      const d = dy as tf.Tensor;
      return {
        x: () =>
          readable(alpha) ? tf.mul(d, slope(y, alpha)) : tf.where(tf.greater(x, 0), d, tf.mul(d, alpha)),
      };
    },
  },
];

/** Runs `work` with the gradients that lower well, and puts back what was registered before. */
export function withTraceGradients<T>(work: () => T): T {
  registerSecondGradients();
  const before = FAST.map(({ kernelName }) => tf.getGradient(kernelName));
  for (const config of FAST) tf.registerGradient(config);
  try {
    return work();
  } finally {
    for (const config of before) if (config) tf.registerGradient(config);
  }
}

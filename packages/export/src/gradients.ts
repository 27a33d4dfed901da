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
  {
    // tfjs's own uses a kernel that has no gradient. y <= 0 gives y + 1 = exp(x).
    kernelName: "Elu",
    outputsToSave: [true],
    gradFunc: (dy, saved) => ({ x: () => tf.mul(dy as tf.Tensor, tf.add(tf.minimum(saved[0]!, 0), 1)) }),
  },
  // Resizing is linear: the gradient of its gradient is the resizing itself.
  resizeGradient("ResizeBilinearGrad", "ResizeBilinear"),
  resizeGradient("ResizeNearestNeighborGrad", "ResizeNearestNeighbor"),
];

/** The part of tfjs's engine that keeps tensors for the backward pass. */
interface Saver {
  clone(x: tf.Tensor): tf.Tensor;
  readonly state: { readonly kernelDepth: number };
}

/**
 * Makes saved outputs part of the graph that second derivatives run through.
 *
 * tfjs notes the saved copy of an output on its tape before the kernel that makes the output, so that a second
 * derivative through it is lost: an error where it is the only way (the gradient of the gradient of exp), silently
 * wrong beside another one (logSoftmax). A saved copy that has the id of the original needs no note: gradients find the
 * original by that id.
 *
 * @returns what undoes it
 */
function linkSavedTensors(): () => void {
  const engine = tf.engine() as unknown as Saver;
  if (Object.hasOwn(engine, "clone")) return () => {};
  const plain = engine.clone;
  engine.clone = function (this: Saver, x: tf.Tensor): tf.Tensor {
    // Outside kernels tf.clone is an operation like any other.
    if (this.state.kernelDepth === 0) return plain.call(this, x);
    const saved = tf.engine().runKernel("Identity", { x }) as tf.Tensor;
    return Object.assign(saved, { id: x.id });
  };
  return () => {
    delete (engine as Partial<Saver>).clone;
  };
}

/**
 * Prepares tfjs for second derivatives on every backend, once and for all: zero gradients for comparisons and logic, so
 * that a gradient of a gradient goes through relu, leakyRelu, where or maximum; and saved outputs that second
 * derivatives see (exp, tanh, sigmoid, softmax, logSoftmax and every `tf.customGrad` that saves its result).
 * `traceToOnnx` does so by itself while it traces. A second call changes nothing.
 */
export function registerSecondGradients(): void {
  for (const config of SECOND) tf.registerGradient(config);
  linkSavedTensors();
}

const times = (dy: unknown, slope: tf.Tensor): tf.Tensor => tf.mul(dy as tf.Tensor, slope);

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
    gradFunc: (dy, saved) => ({ x: () => times(dy, slope(saved[0]!, 0)) }),
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

/** Registers all these gradients for good, also those that only the tracing backend's own kernels can run. */
export function registerTraceGradients(): void {
  for (const config of [...SECOND, ...FAST]) tf.registerGradient(config);
  linkSavedTensors();
}

/** Runs `work` with all these gradients, and puts back what was registered before. */
export function withTraceGradients<T>(work: () => T): T {
  const configs = [...SECOND, ...FAST];
  const before = configs.map(({ kernelName }) => [kernelName, tf.getGradient(kernelName)] as const);
  for (const config of configs) tf.registerGradient(config);
  const unlink = linkSavedTensors();
  try {
    return work();
  } finally {
    unlink();
    for (const [kernelName, config] of before)
      if (config) tf.registerGradient(config);
      else tf.unregisterGradient(kernelName);
  }
}

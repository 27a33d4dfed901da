/** The activation a fused kernel carries, and softmax. */

import { KernelError } from "@mmgan/core";
import type * as tf from "@tensorflow/tfjs";
import { float, int, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { addActivation } from "./fuse.js";
import { type Lowering, lowering } from "./lowering.js";

export const relu = (ops: Ops, x: Value): Value =>
  addActivation(ops, x, { op: "Relu" }) ?? ops.unary("Relu", x);

export const leakyRelu = (ops: Ops, x: Value, alpha: number): Value =>
  addActivation(ops, x, { op: "LeakyRelu", alpha }) ?? ops.unary("LeakyRelu", x, { alpha: float(alpha) });

/** activation(x) for the names tfjs's fused kernels use. */
export function activate(
  ops: Ops,
  x: Value,
  activation: string | undefined,
  alpha: number | undefined,
  slopes: Value | undefined,
): Value {
  switch (activation ?? "linear") {
    case "linear":
      return x;
    case "relu":
      return relu(ops, x);
    case "relu6":
      return ops.clip(x, 0, 6);
    case "elu":
      return ops.unary("Elu", x);
    case "sigmoid":
      return ops.unary("Sigmoid", x);
    case "leakyrelu":
      return leakyRelu(ops, x, alpha ?? 0.2);
    case "prelu":
      return ops.binary("PRelu", x, slopes!);
    default:
      throw new KernelError(
        `The fused activation ${activation} has no ONNX lowering. Apply the activation as its own operation.`,
      );
  }
}

const softmax = (op: string, x: Value, axis: number, ops: Ops): Value =>
  ops.node(op, [x], { axis: int(axis < 0 ? axis + x.dims.length : axis) }, x);

export const activationKernels: Record<string, Lowering> = {
  Softmax: lowering<tf.SoftmaxAttrs>(({ ops, inputs, attrs }) =>
    softmax("Softmax", inputs.logits!, attrs.dim, ops),
  ),
  LogSoftmax: lowering<tf.LogSoftmaxAttrs>(({ ops, inputs, attrs }) =>
    softmax("LogSoftmax", inputs.logits!, attrs.axis, ops),
  ),
};

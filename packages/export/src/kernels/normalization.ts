/** Batch norm with given statistics. */

import type * as tf from "@tensorflow/tfjs";
import { add, multiply } from "./binary.js";
import { type Lowering, lowering } from "./lowering.js";

export const normalizationKernels: Record<string, Lowering> = {
  /** x * a + b with a = scale / sqrt(variance + epsilon), b = offset - mean * a; folds into constant weights before it. */
  FusedBatchNorm: lowering<tf.FusedBatchNormAttrs>(({ ops, inputs, attrs }) => {
    const spread = ops.binary("Add", inputs.variance!, ops.scalar("float32", attrs.varianceEpsilon));
    const inverse = ops.unary("Reciprocal", ops.unary("Sqrt", spread));
    const a = inputs.scale ? ops.binary("Mul", inverse, inputs.scale) : inverse;
    const shift = ops.binary("Mul", inputs.mean!, a);
    const b = inputs.offset ? ops.binary("Sub", inputs.offset, shift) : ops.unary("Neg", shift);
    return add(ops, multiply(ops, inputs.x!, a), b);
  }),
};

/** Elementwise kernels of one input. */

import type * as tf from "@tensorflow/tfjs";
import { float, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { leakyRelu, relu } from "./activation.js";
import { type Lowering, lowering } from "./lowering.js";

const same =
  (op: string): Lowering =>
  ({ ops, inputs }) =>
    ops.unary(op, inputs.x!);

/** An operator that ONNX has for floats only. */
const ofFloats =
  (op: string): Lowering =>
  ({ ops, inputs }) =>
    ops.unary(op, ops.cast(inputs.x!, "float32"));

/** Rounding of numbers that may be whole already: ONNX rounds floats only. */
const rounding =
  (op: string): Lowering =>
  ({ ops, inputs }) =>
    inputs.x!.type === "float32" ? ops.unary(op, inputs.x!) : inputs.x!;

const FLT_MAX = 3.4028234663852886e38;
/** Turns any positive normal number into at least 1: the least is 1.18e-38. */
export const STEEP = 1e38;

/** 1 where x > 0, else 0; without Greater and Cast, which are slow in ONNX Runtime. */
export function isPositive(ops: Ops, x: Value): Value {
  return ops.unary("HardSigmoid", x, { alpha: float(STEEP), beta: float(0) });
}

/** log(1 + x) = log u - ((u - 1) - x) / u with u = 1 + x: exact for small x, where log(1 + x) rounds to 0. */
function log1p(ops: Ops, x: Value): Value {
  const one = ops.scalar("float32", 1);
  const bounded = ops.clip(x, Number.NEGATIVE_INFINITY, FLT_MAX);
  const u = ops.binary("Add", bounded, one);
  const lost = ops.binary("Sub", ops.binary("Sub", u, one), bounded);
  return ops.binary(
    "Sub",
    ops.unary("Log", u),
    ops.binary("Div", lost, ops.binary("Max", u, ops.scalar("float32", 1e-38))),
  );
}

/** exp(x) - 1 = tanh(x / 2) * (exp(x) + 1): exact for small x. */
function expm1(ops: Ops, x: Value): Value {
  const half = ops.unary("Tanh", ops.binary("Mul", x, ops.scalar("float32", 0.5)));
  return ops.binary("Mul", half, ops.binary("Add", ops.unary("Exp", x), ops.scalar("float32", 1)));
}

export const unaryKernels: Record<string, Lowering> = {
  Abs: same("Abs"),
  Acos: ofFloats("Acos"),
  Acosh: ofFloats("Acosh"),
  Asin: ofFloats("Asin"),
  Asinh: ofFloats("Asinh"),
  Atan: ofFloats("Atan"),
  Atanh: ofFloats("Atanh"),
  Ceil: rounding("Ceil"),
  Cos: ofFloats("Cos"),
  Cosh: ofFloats("Cosh"),
  Elu: ofFloats("Elu"),
  Erf: ofFloats("Erf"),
  Exp: ofFloats("Exp"),
  Floor: rounding("Floor"),
  Log: ofFloats("Log"),
  Neg: same("Neg"),
  Reciprocal: ofFloats("Reciprocal"),
  Relu: ({ ops, inputs }) =>
    inputs.x!.type === "float32"
      ? relu(ops, inputs.x!)
      : ops.binary("Max", inputs.x!, ops.scalar(inputs.x!.type, 0)),
  Round: rounding("Round"),
  Selu: ofFloats("Selu"),
  Sigmoid: ofFloats("Sigmoid"),
  Sign: ({ ops, inputs }) => {
    const sign = ops.unary("Sign", inputs.x!);
    if (!ops.options.exactNaN || inputs.x!.type !== "float32") return sign;
    return ops.where(ops.unary("IsNaN", inputs.x!, {}, "bool"), ops.scalar("float32", 0), sign);
  },
  Sin: ofFloats("Sin"),
  Sinh: ofFloats("Sinh"),
  Softplus: ofFloats("Softplus"),
  Sqrt: ofFloats("Sqrt"),
  Tan: ofFloats("Tan"),
  Tanh: ofFloats("Tanh"),
  Expm1: ({ ops, inputs }) => expm1(ops, inputs.x!),
  Log1p: ({ ops, inputs }) => log1p(ops, inputs.x!),
  Relu6: ({ ops, inputs }) => ops.clip(inputs.x!, 0, 6),
  Rsqrt: ({ ops, inputs }) => ops.unary("Reciprocal", ops.unary("Sqrt", inputs.x!)),
  Square: ({ ops, inputs }) => ops.binary("Mul", inputs.x!, inputs.x!),
  IsNan: ({ ops, inputs }) => ops.unary("IsNaN", inputs.x!, {}, "bool"),
  IsInf: ({ ops, inputs }) => ops.unary("IsInf", inputs.x!, {}, "bool"),
  IsFinite: ({ ops, inputs }) => {
    const wrong = [
      ops.unary("IsNaN", inputs.x!, {}, "bool"),
      ops.unary("IsInf", inputs.x!, {}, "bool"),
    ] as const;
    return ops.unary("Not", ops.binary("Or", ...wrong));
  },
  LeakyRelu: lowering<tf.LeakyReluAttrs>(({ ops, inputs, attrs }) =>
    leakyRelu(ops, ops.cast(inputs.x!, "float32"), attrs.alpha),
  ),
  ClipByValue: lowering<tf.ClipByValueAttrs>(({ ops, inputs, attrs }) =>
    ops.clip(inputs.x!, attrs.clipValueMin, attrs.clipValueMax),
  ),
  /** x > 0 ? 1 : alpha. */
  Step: lowering<tf.StepAttrs>(({ ops, inputs, attrs }) => {
    const alpha = attrs?.alpha ?? 0;
    const positive = isPositive(ops, ops.cast(inputs.x!, "float32"));
    const scaled = ops.binary("Mul", positive, ops.scalar("float32", 1 - alpha));
    return ops.cast(ops.binary("Add", scaled, ops.scalar("float32", alpha)), inputs.x!.type);
  }),
  /** Slope of leakyRelu read from its output y: y > 0 ? 1 : alpha, for 0 <= alpha <= 1. Ours; see gradients.ts. */
  LeakyReluSlope: lowering<tf.LeakyReluAttrs>(({ ops, inputs, attrs }) => {
    if (attrs.alpha === 0) return isPositive(ops, inputs.y!);
    return ops.clip(ops.binary("Mul", inputs.y!, ops.scalar("float32", STEEP)), attrs.alpha, 1);
  }),
};

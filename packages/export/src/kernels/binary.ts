/** Elementwise arithmetic kernels of two or more inputs. */

import { sameDims, splatOf, type Value, type ValueType } from "../graph.js";
import { broadcastDims, type Ops } from "../ops.js";
import { addBias, scaleWeights } from "./fuse.js";
import type { Lowering } from "./lowering.js";

/** Both operands in one type that ONNX Runtime computes with; bool counts as int32. */
function matched(a: Value, b: Value, ops: Ops): [Value, Value] {
  const rank: ValueType[] = ["bool", "int32", "float32"];
  const type = rank[Math.max(1, rank.indexOf(a.type), rank.indexOf(b.type))]!;
  return [ops.cast(a, type), ops.cast(b, type)];
}

/** A lowering that computes in the common type and casts back when both inputs are bool. */
const arithmetic =
  (make: (ops: Ops, a: Value, b: Value) => Value): Lowering =>
  ({ ops, inputs }) => {
    const [a, b] = [inputs.a!, inputs.b!];
    const result = make(ops, ...matched(a, b, ops));
    return a.type === "bool" && b.type === "bool" ? ops.cast(result, "bool") : result;
  };

export function add(ops: Ops, a: Value, b: Value): Value {
  return addBias(ops, a, b) ?? addBias(ops, b, a) ?? ops.binary("Add", a, b);
}

export function multiply(ops: Ops, a: Value, b: Value): Value {
  return scaleWeights(ops, a, b) ?? scaleWeights(ops, b, a) ?? ops.binary("Mul", a, b);
}

/** Division rounded down. Integers go through float64, which holds every quotient exactly enough to round. */
function floorDivide(ops: Ops, a: Value, b: Value): Value {
  const wide = a.type === "float32" ? a.type : "float64";
  const quotient = ops.binary("Div", ops.cast(a, wide), ops.cast(b, wide));
  return ops.cast(ops.unary("Floor", quotient), a.type);
}

/** The remainder with the divisor's sign: a - floor(a / b) * b. */
function floorModulo(ops: Ops, a: Value, b: Value): Value {
  if (a.type === "int32") return ops.binary("Mod", a, b);
  return ops.binary("Sub", a, ops.binary("Mul", floorDivide(ops, a, b), b));
}

function squaredDifference(ops: Ops, a: Value, b: Value): Value {
  const difference = ops.binary("Sub", a, b);
  return ops.binary("Mul", difference, difference);
}

/** a^b; the constant powers that gradients make are products and roots, far cheaper than Pow. */
function power(ops: Ops, a: Value, b: Value): Value {
  const exponent = a.type === "float32" && b.dims.length <= a.dims.length ? splatOf(b) : undefined;
  const fits = exponent !== undefined && sameDims(broadcastDims(a.dims, b.dims), a.dims);
  if (fits && exponent === 1) return a;
  if (fits && exponent === 2) return ops.binary("Mul", a, a);
  if (fits && exponent === 0.5) return ops.unary("Sqrt", a);
  if (fits && exponent === 1.5) return ops.binary("Mul", a, ops.unary("Sqrt", a));
  return ops.binary("Pow", a, b);
}

/** The angle of (x, y) = (b, a): atan(a / b), moved by +-pi where b < 0. */
function atan2(ops: Ops, a: Value, b: Value): Value {
  const zero = ops.scalar("float32", 0);
  const one = ops.scalar("float32", 1);
  const up = ops.binary("GreaterOrEqual", a, zero, "bool");
  const signed = (value: number) =>
    ops.where(up, ops.scalar("float32", value), ops.scalar("float32", -value));
  const onAxis = ops.binary("Equal", b, zero, "bool");
  const safe = ops.where(onAxis, one, b);
  const angle = ops.unary("Atan", ops.binary("Div", a, safe));
  const left = ops.binary("Less", b, zero, "bool");
  const turned = ops.binary("Add", angle, ops.where(left, signed(Math.PI), zero));
  const pole = ops.binary("Mul", ops.unary("Sign", a), ops.scalar("float32", Math.PI / 2));
  return ops.where(onAxis, pole, turned);
}

export const binaryKernels: Record<string, Lowering> = {
  Add: arithmetic(add),
  Sub: arithmetic((ops, a, b) => ops.binary("Sub", a, b)),
  Multiply: arithmetic(multiply),
  RealDiv: arithmetic((ops, a, b) => ops.binary("Div", a, b)),
  // tfjs types it int32 whatever its inputs are.
  FloorDiv: arithmetic((ops, a, b) => ops.cast(floorDivide(ops, a, b), "int32")),
  Mod: arithmetic(floorModulo),
  Pow: arithmetic(power),
  Maximum: arithmetic((ops, a, b) => ops.binary("Max", a, b)),
  Minimum: arithmetic((ops, a, b) => ops.binary("Min", a, b)),
  SquaredDifference: arithmetic(squaredDifference),
  Atan2: arithmetic(atan2),
  Prelu: ({ ops, inputs }) =>
    ops.binary("PRelu", ops.cast(inputs.x!, "float32"), ops.cast(inputs.alpha!, "float32")),
  AddN: ({ ops, inputs }) => Object.values(inputs).reduce((sum, x) => add(ops, sum, x)),
  /** dy * (y >= 0 ? 1 : y + 1) = dy * (min(y, 0) + 1). */
  EluGrad: ({ ops, inputs }) => {
    const slope = ops.binary(
      "Add",
      ops.clip(inputs.y!, Number.NEGATIVE_INFINITY, 0),
      ops.scalar("float32", 1),
    );
    return ops.binary("Mul", inputs.dy!, slope);
  },
};

/** Comparisons, logic and choice. */

import type { Value } from "../graph.js";
import type { Lowering } from "./lowering.js";

/** ONNX orders numbers only: bool operands are compared as int32. */
const comparison =
  (op: string): Lowering =>
  ({ ops, inputs }) => {
    const [a, b] = [inputs.a!, inputs.b!];
    const isFloat = a.type === "float32" || b.type === "float32";
    const type = isFloat ? "float32" : "int32";
    return ops.binary(op, ops.cast(a, type), ops.cast(b, type), "bool");
  };

const logical =
  (op: string): Lowering =>
  ({ ops, inputs }) =>
    ops.binary(op, ops.cast(inputs.a!, "bool"), ops.cast(inputs.b!, "bool"), "bool");

export const logicalKernels: Record<string, Lowering> = {
  Equal: comparison("Equal"),
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  NotEqual: (call) => call.ops.unary("Not", comparison("Equal")(call) as Value),
  LogicalAnd: logical("And"),
  LogicalOr: logical("Or"),
  LogicalXor: logical("Xor"),
  BitwiseAnd: ({ ops, inputs }) => {
    ops.needOpset(18, "BitwiseAnd");
    return ops.binary("BitwiseAnd", inputs.a!, inputs.b!);
  },
  LogicalNot: ({ ops, inputs }) => ops.unary("Not", ops.cast(inputs.x!, "bool")),
  /** A condition of rank 1 beside tensors of higher rank chooses whole rows. */
  Select: ({ ops, inputs }) => {
    const [condition, t, e] = [inputs.condition!, inputs.t!, inputs.e!];
    const rows = condition.dims.length === 1 && t.dims.length > 1;
    const shaped = rows
      ? ops.reshape(condition, [condition.dims[0]!, ...t.dims.slice(1).map(() => 1)])
      : condition;
    const type = t.type === "float32" || e.type === "float32" ? "float32" : "int32";
    const chosen = ops.where(ops.cast(shaped, "bool"), ops.cast(t, type), ops.cast(e, type));
    // ONNX Runtime has no Where of bool.
    return t.type === "bool" && e.type === "bool" ? ops.cast(chosen, "bool") : chosen;
  },
};

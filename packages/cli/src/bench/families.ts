/** Operators of ONNX Runtime in families, for the share of each in a step's time. */

import type { OperatorTime } from "@mmgan/trainer";

/** Operators of each family; what is in none is "other". Reductions by a product count as products. */
const FAMILIES: Record<string, readonly string[]> = {
  convolution: ["Conv", "ConvTranspose", "FusedConv", "NhwcConv", "NhwcFusedConv"],
  product: ["MatMul", "FusedMatMul", "Gemm", "FusedGemm", "BiasGemm", "TransposeMatMul", "Einsum"],
  layout: [
    ...["Transpose", "ReorderInput", "ReorderOutput", "Reshape", "Gather", "GatherND", "Concat", "Slice"],
    ...["Split", "Pad", "Expand", "Squeeze", "Unsqueeze", "Tile", "Flatten", "DepthToSpace", "SpaceToDepth"],
    ...["Col2Im", "ScatterND", "ScatterElements", "Identity", "Cast", "MemcpyFromHost", "MemcpyToHost"],
  ],
  reduction: [
    ...["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL2", "ArgMax"],
    ...["Softmax", "LogSoftmax", "BatchNormalization", "LayerNormalization", "Sum", "Max"],
  ],
  elementwise: [
    ...["Add", "Sub", "Mul", "Div", "Neg", "Abs", "Sqrt", "Exp", "Log", "Pow", "Reciprocal", "Sign"],
    ...["Relu", "LeakyRelu", "HardSigmoid", "Sigmoid", "Tanh", "Softplus", "Clip", "Min", "Where", "Greater"],
    ...["Less", "Equal", "GreaterOrEqual", "LessOrEqual", "Not", "And", "Or", "Round", "Floor", "Erf"],
    ...["QuickGelu", "FusedElementwise", "OneHot", "Select"],
  ],
  optimiser: ["Adam", "AdamOptimizer", "AdamWOptimizer"],
};

const familyOf = new Map(
  Object.entries(FAMILIES).flatMap(([family, names]) => names.map((name) => [name, family])),
);

export interface FamilyShare {
  family: string;
  ms: number;
  /** Of all nodes' time, 0..1. */
  share: number;
  operators: OperatorTime[];
}

/** Times by family, largest first. */
export function familyShares(times: readonly OperatorTime[]): FamilyShare[] {
  const total = times.reduce((sum, { ms }) => sum + ms, 0);
  const families = new Map<string, OperatorTime[]>();
  for (const time of times) {
    const family = familyOf.get(time.operator) ?? "other";
    families.set(family, [...(families.get(family) ?? []), time]);
  }
  return [...families]
    .map(([family, operators]) => {
      const ms = operators.reduce((sum, time) => sum + time.ms, 0);
      return { family, ms, share: total > 0 ? ms / total : 0, operators };
    })
    .sort((a, b) => b.ms - a.ms);
}

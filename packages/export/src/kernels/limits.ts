/** What a lowering cannot do, or does otherwise than tfjs; docs/kernels.md lists it. Most kernels have no such line. */

const NAN = "NaN as ONNX has it; as tfjs has it with exactNaN (--exact-nan)";
const FOUND =
  "the size hangs on values: the graph has a name for it, and what follows must not need its number";
const FUSED = "activations: linear, relu, relu6, elu, sigmoid, leakyrelu, prelu";

export const LIMITS: Readonly<Record<string, string>> = {
  ArgMax: NAN,
  ArgMin: NAN,
  AvgPoolGrad:
    "average over the pixels in the window, as the forward pass has it; tfjs divides by the whole window",
  FusedConv2D: FUSED,
  FusedDepthwiseConv2D: FUSED,
  Max: NAN,
  Maximum: NAN,
  Min: NAN,
  Minimum: NAN,
  NonMaxSuppressionV3: FOUND,
  NonMaxSuppressionV5: `${FOUND}; no soft suppression`,
  Sign: NAN,
  SparseSegmentMean: FOUND,
  SparseSegmentSum: FOUND,
  Unique: `${FOUND}; every NaN is a value of its own`,
  Where: FOUND,
};

/** Kernels of tfjs without a lowering, each with its reason; docs/kernels.md lists them. */

const COMPLEX = "ONNX Runtime has no complex numbers";
const STRING = "a graph of numbers has no place for strings";
const SPARSE = "sizes hang on values, and ONNX has no operator for sparse or ragged tensors";
const COMPOSED = "tfjs never runs it: its operation is composed of other kernels";
const CANVAS = "it draws on or reads a canvas of the browser";

export const WITHOUT_ONNX: Readonly<Record<string, string>> = {
  Complex: COMPLEX,
  ComplexAbs: COMPLEX,
  Draw: CANVAS,
  FFT: COMPLEX,
  FromPixels: CANVAS,
  IFFT: COMPLEX,
  Imag: COMPLEX,
  LowerBound: COMPOSED,
  MatrixBandPart: COMPOSED,
  Pool: COMPOSED,
  RaggedGather: SPARSE,
  RaggedRange: SPARSE,
  RaggedTensorToTensor: SPARSE,
  Real: COMPLEX,
  SparseFillEmptyRows: SPARSE,
  SparseReshape: SPARSE,
  StaticRegexReplace: STRING,
  StringNGrams: STRING,
  StringSplit: STRING,
  StringToHashBucketFast: STRING,
  UpperBound: COMPOSED,
};

/** @mmgan/export: functions of TensorFlow.js tensors to ONNX, and bundles. */

export { blockProbe } from "./block-probe.js";
export { type Bundle, type BundleParts, buildBundle } from "./bundle.js";
export { checkOnnx } from "./check.js";
export type { CheckOptions, CheckReport, OnnxRuntime } from "./convert/check-conversion.js";
export {
  type ConvertedModel,
  type ConvertOptions,
  convert,
  type FunctionModel,
  type ModelSource,
} from "./convert/convert.js";
export { applyExtension, type ExtensionContext, registerLowering } from "./convert/extension.js";
export { type ModelFiles, type ModelJson, type ModelLimits, parseModelJson } from "./convert/model-files.js";
export { type BatchNormParameters, foldBatchNorm } from "./fold-batch-norm.js";
export type { ChooseForm, FormKind, FormSite } from "./forms/form.js";
export { type FormGraph, formGraph } from "./forms/form-graph.js";
export { registerSecondGradients } from "./gradients.js";

export type { KernelCall, Lowering } from "./kernels/lowering.js";
export type { Ops, RuntimeFeatures } from "./ops.js";

export { type GraphMemory, peakMemory } from "./peak-memory.js";

export { type OnnxPort, type OnnxSummary, readOnnx } from "./read.js";
export {
  type InputSpec,
  type PortSpec,
  type TensorFunction,
  type TracedGraph,
  type TraceOptions,
  traceToOnnx,
} from "./trace.js";
export { withoutWebGpuGaps } from "./webgpu-gaps.js";

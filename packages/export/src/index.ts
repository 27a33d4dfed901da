/** @mmgan/export: functions of TensorFlow.js tensors to ONNX. */

export { checkOnnx } from "./check.js";
export { registerSecondGradients } from "./gradients.js";
export {
  type InputSpec,
  type PortSpec,
  type TensorFunction,
  type TracedGraph,
  type TraceOptions,
  traceToOnnx,
} from "./trace.js";

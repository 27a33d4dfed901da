export type { GraphName } from "@mmgan/core";
export {
  type ClusteredRow,
  type ClusterFolderOptions,
  type ClusterProgress,
  clusterFolder,
  clusterStream,
  type FailedRow,
  type FolderRow,
} from "./cluster-folder.js";
export {
  AUTO_DEVICE,
  DEVICES,
  type Device,
  type DeviceName,
  type DeviceProbe,
  probeDevices,
} from "./devices.js";
export type { GraphPort, GraphPorts } from "./graphs.js";
export { type BundleDescription, inspectBundle } from "./inspect-bundle.js";
export { type LoadOptions, loadModel } from "./load-model.js";
export { onnxRuntime } from "./ort.js";

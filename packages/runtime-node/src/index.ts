export {
  type ClusteredRow,
  type ClusterFolderOptions,
  clusterFolder,
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
export { type BundleDescription, type GraphPort, inspectBundle } from "./inspect-bundle.js";
export { type LoadOptions, loadModel } from "./load-model.js";

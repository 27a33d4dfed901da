export {
  type AtomicFile,
  openAtomic,
  removeTemporaries,
  writeFileAtomic,
  writeFolderAtomic,
} from "./atomic.js";
export { cpuQuota } from "./cpu-quota.js";
export { type DecodeOptions, decodeImage } from "./decode.js";
export { firstLineOf, OnnxDevices } from "./device-probe.js";
export { encodePng, rasterizeSvg, writePng } from "./encode.js";
export { errorCode, writeError } from "./file-errors.js";
export { sha256File } from "./hash.js";
export {
  compareNatural,
  type LabelledImages,
  type ListImagesOptions,
  listImages,
  listLabelledImages,
} from "./image-files.js";
export { LOCK_FILE, type Lock, lockFile, lockFolder } from "./lock.js";
export { resizePixels } from "./resize.js";

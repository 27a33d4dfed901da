export { type AtomicFile, openAtomic, removeTemporaries, writeFileAtomic } from "./atomic.js";
export { type AtomicFolder, openFolderAtomic, writeFolderAtomic } from "./atomic-folder.js";
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
export { type FolderLock, LOCK_FILE, lockFolder } from "./lock.js";
export { resizePixels } from "./resize.js";
export { encodeSheet, makeThumbnail, type SheetLayout, type Thumbnail } from "./thumbnail.js";

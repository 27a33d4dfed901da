export {
  type AtomicFile,
  openAtomic,
  removeTemporaries,
  syncFolder,
  temporaryName,
  writeFileAtomic,
} from "./atomic.js";
export { type AtomicFolder, openFolderAtomic, writeFolderAtomic } from "./atomic-folder.js";
export { mustBeColour } from "./colour.js";
export { cpuQuota } from "./cpu-quota.js";
export { type DecodeOptions, decodeImage, decodePicture, MAX_PIXELS, type Picture } from "./decode.js";
export { firstLineOf, OnnxDevices } from "./device-probe.js";
export { encodePng, rasterizeSvg, writePng } from "./encode.js";
export { errorCode, writeError } from "./file-errors.js";
export { sha256File } from "./hash.js";
export {
  type LabelledImages,
  type ListImagesOptions,
  listImages,
  listLabelledImages,
} from "./image-files.js";
export { LOCK_FILE, type Lock, lockFile, lockFolder } from "./lock.js";
export { compareNatural } from "./natural-order.js";
export { type PictureHeader, readPictureHeader } from "./picture-header.js";
export { resizePixels } from "./resize.js";
export { fileProblem } from "./sources/file-problem.js";
export { openSource, type Source, type Sources } from "./sources/open-source.js";
export { type EncodedPicture, MAX_BYTES, type ReadOptions, readItem } from "./sources/read-item.js";
export type {
  LeftOut,
  SourceEntry,
  SourceFailure,
  SourceFile,
  SourceItem,
  SourceOptions,
} from "./sources/source-item.js";
export { encodeSheet, makeThumbnail, type SheetLayout, type Thumbnail } from "./thumbnail.js";

export type { BundleFiles, FileContent, LoadProgress } from "./bundle.js";
export { CACHE_NAME } from "./file-cache.js";
export { toImageData } from "./image-data.js";
export { type ImageSource, readImages } from "./images.js";
export { type LoadOptions, loadModel, WEB_DEVICES, type WebDeviceName } from "./load-model.js";
export type { WebDevice } from "./session-host.js";
export type { WebInput, WebModel } from "./web-model.js";

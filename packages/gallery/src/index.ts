export {
  type GalleryOptions,
  type GalleryProgress,
  type GallerySummary,
  LIMIT_RANGE,
  makeGallery,
} from "./make-gallery.js";
export { ORIGINALS, type OriginalsKind } from "./originals.js";
export { THUMBNAIL_RANGE } from "./thumbnail-range.js";

export {
  type GalleryOptions,
  type GalleryProgress,
  type GallerySummary,
  LIMIT_RANGE,
  makeGallery,
  THUMBNAIL_RANGE,
} from "./make-gallery.js";
export { ORIGINALS, type OriginalsKind } from "./originals.js";

/** Limits of a thumbnail's size, both inclusive. */

/** Pixels of the longer side. */
export const THUMBNAIL_RANGE = { min: 16, max: 512, integer: true } as const;

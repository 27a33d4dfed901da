/** What a loaded data set is, and what can be asked of the loader. Plain records, no tensors. */

/** How a picture of another shape is brought to the asked size: bars, cut, or distortion. */
export type Fit = "contain" | "cover" | "stretch";

/** Which part of a data set. Sets without a published split: see split.ts. */
export const SPLITS = ["train", "test", "all"] as const;
export type Split = (typeof SPLITS)[number];

/** A picture that could not be decoded, and why. */
export interface UnreadableImage {
  readonly path: string;
  readonly reason: string;
}

/** Side lengths of the pictures. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  /** 1 (grey) or 3 (RGB). */
  readonly channels: 1 | 3;
}

/** `count` samples in memory: pictures (`image`, `pixels`) or points (`dim`, `points`). */
export interface Dataset {
  /** The known name ("mnist"), or the folder as it was given. */
  readonly name: string;
  readonly kind: "image" | "point";
  readonly split: Split;
  readonly count: number;
  /** Set when kind is "image". */
  readonly image?: ImageShape;
  /** Set when kind is "point": coordinates of a point. */
  readonly dim?: number;
  /** Set when kind is "image": [count, height, width, channels], row-major, 0..255. */
  readonly pixels?: Uint8Array;
  /** Set when kind is "point": [count, dim], row-major. */
  readonly points?: Float32Array;
  /** [count], indices into `classNames`. Only there when labels were asked for. */
  readonly labels?: Int32Array;
  /** Only there when labels were asked for. */
  readonly classNames?: readonly string[];
  /** How pictures of other shapes were fitted, and so must be when clustering. */
  readonly fit: Fit;
  /** Folders only: the file of each picture, in order, relative to the folder. */
  readonly paths?: readonly string[];
  /** Folders only: pictures left out because they cannot be decoded. Empty when all could. */
  readonly unreadable?: readonly UnreadableImage[];
}

/** How far loading has come. */
export interface LoadProgress {
  readonly done: number;
  readonly total: number;
}

export interface LoadOptions {
  /** Which part. Default "train". */
  readonly split?: Split;
  /** Folder that holds one sub-folder a data set (mnist/, coil-20/, ...). Looked at before MMGAN_DATA and the cache. */
  readonly dataDir?: string;
  /** Pictures only: their side in pixels, 1..1024. Default: `defaults.size` of DATASETS, 32 for folders. */
  readonly size?: number;
  /** Pictures only: 1 (grey) or 3 (RGB). Default: 1 for the sets of DATASETS, 3 for folders. */
  readonly channels?: number;
  /** Pictures only: how those that are not square are fitted. Default "contain". */
  readonly fit?: Fit;
  /** Read labels too. Default false: training never asks. */
  readonly labels?: boolean;
  /** moons only: seed of the generated points, an integer from 0 to 2^32 - 1. Default 0. */
  readonly seed?: number;
  /** moons only: how many points, in each of train and test. Default 1000. */
  readonly count?: number;
  /** moons only: standard deviation of the noise on each coordinate, >= 0. Default 0.05. */
  readonly noise?: number;
  readonly signal?: AbortSignal;
  /** Called while pictures are decoded or resized, about every 64 of them. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** What the scripts in a gallery's folder "data" hold: written by makeGallery, read by the page. */

/** data/about.js: what the page must know before anything else. */
export interface About {
  readonly title: string;
  /** Names the results in this browser's storage: the same for a gallery made again. */
  readonly key: string;
  readonly model: { readonly name: string; readonly sha256: string } | null;
  /** The results file's name, for the command that applies corrections. */
  readonly results: string;
  readonly clusters: number;
  readonly names: Readonly<Record<number, string>>;
  /** [clusters]: pictures in each, shown or not. */
  readonly sizes: readonly number[];
  /** [clusters + 1]: pictures are numbered by cluster, most typical first; those of cluster c are starts[c]..starts[c + 1] - 1. */
  readonly starts: readonly number[];
  /** Pictures shown of a cluster at most; null where all are. */
  readonly limit: number | null;
  readonly rows: Blocks;
  /** Null where the results hold none. */
  readonly probabilities: Blocks | null;
  /** Whether rows have a distance, a percentile and a verdict. */
  readonly distances: boolean;
  /** Pictures shown that are outliers. */
  readonly outliers: number;
  readonly sheets: Sheets;
  /** Pictures without a thumbnail: [number, why]. */
  readonly failed: readonly (readonly [number, string])[];
  readonly originals: Originals;
  /** Colour (CSS) behind transparent pixels, as the model saw them. */
  readonly background: string;
  /** Code -> how many pictures could not be clustered for it. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Records cut into scripts of `size` each. */
export interface Blocks {
  readonly size: number;
  readonly count: number;
}

/** Where thumbnails lie: each cluster begins a sheet of its own. Pixels. */
export interface Sheets {
  readonly cell: number;
  readonly pitch: number;
  readonly columns: number;
  readonly perSheet: number;
  /** [clusters]: number of each cluster's first sheet. */
  readonly first: readonly number[];
}

/** Where the pictures themselves may be found. */
export type Originals =
  | { readonly kind: "none" }
  /** In the gallery's folder "originals", named by `RowBlock.copy`. */
  | { readonly kind: "copied" }
  /** URLs of the folder that paths are relative to: from the page, where there is a way, and of the machine it was made on. */
  | { readonly kind: "linked"; readonly relative: string | null; readonly absolute: string };

/** data/rows-0.js: columns of consecutive pictures. */
export interface RowBlock {
  readonly path: readonly string[];
  /** Place in the results file, from 0. */
  readonly position: readonly number[];
  readonly probability: readonly number[];
  readonly margin: readonly number[];
  readonly entropy: readonly number[];
  /** Null, as the other two, where the results have no distances. */
  readonly distance: readonly (number | null)[] | null;
  readonly percentile: readonly (number | null)[] | null;
  /** 1 for an outlier. */
  readonly outlier: readonly number[] | null;
  readonly width: readonly number[];
  readonly height: readonly number[];
  readonly bytes: readonly number[];
  /** Where pictures are copied: each one's place in "originals", null where it could not be. */
  readonly copy: readonly (string | null)[] | null;
}

/** data/probabilities-0.js: [pictures of the block][clusters]; null for a picture without. */
export type ProbabilityBlock = readonly (readonly number[] | null)[];

/** data/errors.js: path, code, reason. */
export type ErrorRows = readonly (readonly [path: string, code: string, reason: string])[];

/** Script -> what it brings, as `mmganGallery("rows-3", {...})`. */
export interface Scripts {
  about: About;
  errors: ErrorRows;
  [rows: `rows-${number}`]: RowBlock;
  [probabilities: `probabilities-${number}`]: ProbabilityBlock;
}

/** Files of a gallery, from its folder. */
export type ScriptFile = `data/${keyof Scripts}.js`;
export type SheetFile = `sheets/${number}.webp`;

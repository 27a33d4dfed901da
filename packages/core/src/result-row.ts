/** What is said of each picture of a folder: the rows of a results file and of its list of errors. Schema: docs/results-file.md. */

/** Version of the columns. A new column raises the minor version, a changed one the major version. */
export const RESULTS_SCHEMA = "1.0.0";

/** A picture that was clustered. */
export interface ResultRow {
  /** Relative to the folder that was given, with "/" on every system; as given for files; ARCHIVE/ENTRY inside archives. */
  readonly path: string;
  /** 0..K-1. */
  readonly cluster: number;
  /** What a person calls the cluster; null until it has a name. */
  readonly name: string | null;
  /** Of that cluster, 0 to 1. */
  readonly probability: number;
  /** Largest minus second largest probability, 0 (a tie) to 1 (sure); 1 when K is 1. */
  readonly margin: number;
  /** -sum p ln p, in nats: 0 (sure) to ln K (no idea). */
  readonly entropy: number;
  /** Euclidean, to the cluster's centre in the encoder's feature space; null where the bundle holds no centres. */
  readonly distance: number | null;
  /** Share in percent, 0 to 100, of the cluster's training samples that lie nearer to the centre; null as `distance`. */
  readonly percentile: number | null;
  /** Farther than the training samples reach; null as `distance`. */
  readonly outlier: boolean | null;
  /** Pixels, after the orientation its EXIF data ask for. */
  readonly width: number;
  readonly height: number;
  /** Of the encoded file. */
  readonly bytes: number;
  /** Of the encoded file, 64 lower-case hexadecimal digits; where asked for. */
  readonly sha256?: string;
  /** [K]; where asked for, or known from the run. */
  readonly probabilities?: readonly number[];
}

/** A picture that could not be clustered. */
export interface ResultError {
  readonly path: string;
  /** Stable and safe to switch on. */
  readonly code: string;
  /** For people, without the path. */
  readonly reason: string;
}

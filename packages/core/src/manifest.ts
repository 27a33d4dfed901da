/** manifest.json of a bundle: its schema, and the checks a reader makes before it trusts one. */

import * as v from "valibot";
import { BundleError, BundleVersionError, expected } from "./errors.js";

/** Version of the bundle format this code writes. Readers refuse a newer major version. */
export const BUNDLE_FORMAT = "1.2.0";

// Each schema's message says what would have been right, for `expected`.
const text = v.string("text");
const matching = (pattern: RegExp, what: string) => v.pipe(v.string(what), v.regex(pattern, what));
const integerFrom = (lowest: number) => {
  const what = `an integer of at least ${lowest}`;
  return v.pipe(v.number(what), v.integer(what), v.minValue(lowest, what));
};
const positive = integerFrom(1);

const FileEntry = v.object({
  /** Plain file name inside the bundle; no folders. */
  path: matching(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, "a plain file name inside the bundle"),
  sha256: matching(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits"),
  bytes: integerFrom(0),
});

const ImageInput = v.object({
  kind: v.literal("image"),
  height: positive,
  width: positive,
  channels: v.picklist([1, 3], "1 or 3"),
  /** How pictures of other sizes were fitted in training, and so must be when clustering. */
  fit: v.picklist(["contain", "cover", "stretch"], "contain, cover or stretch"),
});
const PointInput = v.object({ kind: v.literal("point"), dim: positive });

const share = v.pipe(v.number("a number"), v.minValue(-1, "at least -1"), v.maxValue(1, "at most 1"));
const Scores = v.object({
  /** Samples scored. */
  n: positive,
  purity: share,
  /** Hungarian accuracy. */
  accuracy: share,
  nmi: share,
  ari: share,
});

/** How a bundle's clusters agree with labels that its training never saw, as `mmgan evaluate` measures it. */
const BundleScores = v.object({
  data: text,
  split: text,
  /** The whole split. */
  whole: Scores,
  /** Its first 1,000 samples, or as many as there are: what a quick check measures again. */
  first: Scores,
  /** Other methods on the whole split, by name. */
  baselines: v.record(v.string(), Scores),
  /** Cluster k at index k: the class that most of its samples have. */
  clusters: v.array(
    v.object({
      /** Samples of the split that fall into it. */
      n: integerFrom(0),
      /** Its most frequent class; left out for an empty cluster. */
      className: v.optional(text),
      /** The samples of that class. */
      ofClass: integerFrom(0),
    }),
  ),
});

export const ManifestSchema = v.object({
  format: matching(/^\d+\.\d+\.\d+$/, "a semantic version"),
  /** Model family: "mmgan" today, its rivals later. */
  kind: text,
  name: text,
  clusters: positive,
  latentDim: positive,
  input: v.variant("kind", [ImageInput, PointInput], ({ path }) =>
    path?.at(-1)?.key === "kind" ? "image or point" : "an object",
  ),
  opset: positive,
  files: v.object({
    encoder: FileEntry,
    generator: FileEntry,
    mixture: FileEntry,
    card: FileEntry,
    grid: v.optional(FileEntry),
    /** Since 1.2: FeatureCentres, of the training samples. */
    centres: v.optional(FileEntry),
  }),
  training: v.object({
    data: text,
    recipe: text,
    loss: text,
    steps: integerFrom(0),
    seed: integerFrom(0),
    images: positive,
    /** Last metrics of the run, unlabelled. */
    metrics: v.record(v.string(), v.number("a number")),
    /** Since 1.1: time of the steps, all parts of a resumed run together. */
    minutes: v.optional(v.pipe(v.number("a number"), v.minValue(0, "a number of at least 0"))),
    /** Since 1.1: the command that trains the same. */
    command: v.optional(text),
  }),
  /** Since 1.1. */
  scores: v.optional(BundleScores),
  license: text,
  tool: v.object({ name: text, version: text }),
});

export type Manifest = v.InferOutput<typeof ManifestSchema>;
export type BundleFile = v.InferOutput<typeof FileEntry>;
export type BundleScores = v.InferOutput<typeof BundleScores>;

/**
 * Parses and checks the text of a manifest.json.
 *
 * @param text - the file's text
 * @param where - the path or URL it came from, for the message
 * @throws BundleVersionError when its format is of a newer major version, BundleError for anything else wrong
 */
export function parseManifest(text: string, where: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new BundleError(`${where} is not JSON: ${(cause as Error).message}. Export the bundle again.`, {
      cause,
    });
  }
  const format = (json as { format?: unknown } | null)?.format;
  const newest = BUNDLE_FORMAT.split(".")[0]!;
  if (typeof format === "string" && /^\d+\./.test(format) && Number(format.split(".")[0]) > Number(newest))
    throw new BundleVersionError(
      `Expected bundle format ${newest}.x for ${where} but received ${format}. Update mmgan to read this bundle.`,
    );
  const result = v.safeParse(ManifestSchema, json, {
    abortEarly: true,
    message: ({ input }) => (input === undefined ? "a value" : "an object"),
  });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  throw new BundleError(
    expected(
      issue.message,
      path === null ? where : `field ${path} of ${where}`,
      issue.input === undefined ? "nothing" : issue.input,
      "Export the bundle again",
    ),
  );
}

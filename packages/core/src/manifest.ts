/** manifest.json of a bundle: its schema, and the checks a reader makes before it trusts one. */

import * as v from "valibot";
import { BundleError, BundleVersionError } from "./errors.js";

/** Version of the bundle format this code writes. Readers refuse a newer major version. */
export const BUNDLE_FORMAT = "1.0.0";

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits"));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));

const FileEntry = v.object({
  /** Plain file name inside the bundle; no folders. */
  path: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, "a plain file name inside the bundle")),
  sha256,
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

const ImageInput = v.object({
  kind: v.literal("image"),
  height: positive,
  width: positive,
  channels: v.picklist([1, 3]),
  /** How pictures of other sizes were fitted in training, and so must be when clustering. */
  fit: v.picklist(["contain", "cover", "stretch"]),
});
const PointInput = v.object({ kind: v.literal("point"), dim: positive });

export const ManifestSchema = v.object({
  format: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+$/, "a semantic version")),
  /** Model family: "mmgan" today, its rivals later. */
  kind: v.string(),
  name: v.string(),
  clusters: positive,
  latentDim: positive,
  input: v.variant("kind", [ImageInput, PointInput]),
  opset: positive,
  files: v.object({
    encoder: FileEntry,
    generator: FileEntry,
    mixture: FileEntry,
    card: FileEntry,
    grid: v.optional(FileEntry),
  }),
  training: v.object({
    data: v.string(),
    recipe: v.string(),
    loss: v.string(),
    steps: v.pipe(v.number(), v.integer(), v.minValue(0)),
    seed: v.pipe(v.number(), v.integer(), v.minValue(0)),
    images: positive,
    /** Last metrics of the run, unlabelled. */
    metrics: v.record(v.string(), v.number()),
  }),
  license: v.string(),
  tool: v.object({ name: v.string(), version: v.string() }),
});

export type Manifest = v.InferOutput<typeof ManifestSchema>;
export type BundleFile = v.InferOutput<typeof FileEntry>;

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
  const result = v.safeParse(ManifestSchema, json);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new BundleError(
    `${where}: field ${v.getDotPath(issue) ?? "(root)"} is wrong: ${issue.message}. Export the bundle again.`,
  );
}

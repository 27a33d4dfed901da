/** Puts a bundle together in memory: files by name, and a manifest with their sizes and SHA-256. */

import {
  BUNDLE_FORMAT,
  type BundleFile,
  centresText,
  type FeatureCentres,
  type Manifest,
  parseManifest,
  sha256Hex,
} from "@mmgan/core";
import { checkOnnx } from "./check.js";

export interface BundleParts {
  /** Everything of the manifest that the files do not say. */
  readonly manifest: Omit<Manifest, "format" | "files">;
  /** ONNX files; see docs/architecture.md for their inputs and outputs. */
  readonly encoder: Uint8Array;
  readonly generator: Uint8Array;
  readonly mixture: Uint8Array;
  /** What a person reads, Markdown. */
  readonly card: string;
  /** PNG, a column per cluster; left out for points. */
  readonly grid?: Uint8Array;
  /** Of the training samples, where they are known. */
  readonly centres?: FeatureCentres;
}

export interface Bundle {
  readonly manifest: Manifest;
  /** File name inside the bundle -> bytes; manifest.json comes last. */
  readonly files: Map<string, Uint8Array>;
}

/**
 * Builds a bundle; writes nothing. The same parts give the same bytes.
 *
 * @throws TraceError when a graph is not valid ONNX, BundleError when the manifest breaks its schema
 */
export async function buildBundle(parts: BundleParts): Promise<Bundle> {
  for (const graph of [parts.encoder, parts.generator, parts.mixture]) checkOnnx(graph);
  const files = new Map<string, Uint8Array>([
    ["encoder.onnx", parts.encoder],
    ["generator.onnx", parts.generator],
    ["mixture.onnx", parts.mixture],
    ["card.md", new TextEncoder().encode(parts.card)],
  ]);
  if (parts.grid) files.set("grid.png", parts.grid);
  if (parts.centres) files.set("centres.json", new TextEncoder().encode(centresText(parts.centres)));
  const entry = async (path: string): Promise<BundleFile> => {
    const bytes = files.get(path)!;
    return { path, sha256: await sha256Hex(bytes), bytes: bytes.length };
  };
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    ...parts.manifest,
    files: {
      encoder: await entry("encoder.onnx"),
      generator: await entry("generator.onnx"),
      mixture: await entry("mixture.onnx"),
      card: await entry("card.md"),
      ...(parts.grid ? { grid: await entry("grid.png") } : {}),
      ...(parts.centres ? { centres: await entry("centres.json") } : {}),
    },
  };
  const json = `${JSON.stringify(manifest, null, 2)}\n`;
  const checked = parseManifest(json, "manifest.json");
  files.set("manifest.json", new TextEncoder().encode(json));
  return { manifest: checked, files };
}

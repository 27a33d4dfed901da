/** Checks a whole bundle and tells what is in it, without running it. */

import type { GraphName, Manifest } from "@mmgan/core";
import { readBundle } from "./bundle-files.js";
import { type GraphPorts, NodeGraphs } from "./graphs.js";

/** A bundle that passed every check. */
export interface BundleDescription {
  readonly manifest: Manifest;
  /** What each ONNX file declares. */
  readonly graphs: Readonly<Record<GraphName, GraphPorts>>;
}

/**
 * Reads a bundle, checks every file's name, size and SHA-256, and that ONNX Runtime loads each graph with the documented
 * inputs and outputs.
 *
 * @throws BundleError naming the file and the check that failed; BundleVersionError for a newer format
 */
export async function inspectBundle(folder: string): Promise<BundleDescription> {
  const bundle = await readBundle(folder);
  const graphs = new NodeGraphs(bundle, "cpu", 1);
  try {
    return {
      manifest: bundle.manifest,
      graphs: {
        encoder: await graphs.describe("encoder"),
        generator: await graphs.describe("generator"),
        mixture: await graphs.describe("mixture"),
      },
    };
  } finally {
    await graphs.release();
  }
}

/** What a bundle's graphs take and give, read from the files themselves after all checks. */

import { join } from "node:path";
import { BundleError, type Manifest } from "@mmgan/core";
import type { InferenceSession } from "onnxruntime-node";
import { type GraphName, readBundle } from "./bundle-files.js";
import { onnxRuntime } from "./ort.js";

/** An input or output: a symbolic dimension has its name, e.g. "batch". */
export interface GraphPort {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly (number | string)[];
}

export interface BundleDescription {
  readonly manifest: Manifest;
  readonly graphs: Readonly<
    Record<GraphName, { inputs: readonly GraphPort[]; outputs: readonly GraphPort[] }>
  >;
}

/**
 * Checks every file of a bundle (size, SHA-256, that ONNX Runtime loads each graph) and describes its graphs.
 *
 * @throws BundleError, BundleVersionError as `loadModel`
 */
export async function inspectBundle(folder: string): Promise<BundleDescription> {
  const { manifest, graphs } = await readBundle(folder);
  const describe = async (name: GraphName) => {
    const path = join(folder, manifest.files[name].path);
    return describeGraph(graphs[name], path);
  };
  return {
    manifest,
    graphs: {
      encoder: await describe("encoder"),
      generator: await describe("generator"),
      mixture: await describe("mixture"),
    },
  };
}

async function describeGraph(bytes: Uint8Array, path: string) {
  const ort = await onnxRuntime();
  const options = { executionProviders: ["cpu"], logSeverityLevel: 3 } as const;
  const session = await ort.InferenceSession.create(bytes, options).catch((cause: Error) => {
    throw new BundleError(
      `Expected an ONNX graph for ${path} but ONNX Runtime does not load it: ${cause.message}. Export the bundle again.`,
      { cause },
    );
  });
  try {
    return { inputs: session.inputMetadata.map(port), outputs: session.outputMetadata.map(port) };
  } finally {
    await session.release();
  }
}

function port(value: InferenceSession.ValueMetadata): GraphPort {
  return value.isTensor
    ? { name: value.name, type: value.type, dims: value.shape }
    : { name: value.name, type: "not a tensor", dims: [] };
}

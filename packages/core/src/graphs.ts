/** The three graphs of a bundle: what a runtime must do with them, and the inputs and outputs that each must have. */

import { BundleError } from "./errors.js";
import type { Manifest } from "./manifest.js";
import type { ElementType, PlainTensor } from "./tensor.js";

/** The graphs of a bundle. */
export type GraphName = "encoder" | "generator" | "mixture";

export const GRAPH_NAMES: readonly GraphName[] = ["encoder", "generator", "mixture"];

/** What a runtime gives `GraphModel`. */
export interface Graphs {
  /** Where they run now, e.g. "cpu". */
  readonly device: string;
  /**
   * Runs one graph. The arrays that come back are the caller's.
   *
   * @throws BundleError when the file is no ONNX graph of the documented inputs and outputs, or fails while it runs
   */
  run(graph: GraphName, feeds: Record<string, PlainTensor>): Promise<Record<string, PlainTensor>>;
  /** Frees all of them. */
  release(): Promise<void>;
}

/** One named input or output: its type and its dims after the batch dimension. */
export interface Port {
  readonly name: string;
  readonly type: ElementType;
  /** Undefined where any size will do. */
  readonly dims: readonly (number | undefined)[];
  /** False for the mixture's parameters, whose first dimension is K. Default true. */
  readonly batched?: boolean;
}

/** The graphs' inputs and outputs as docs/architecture.md fixes them. */
export function graphPorts(manifest: Manifest): Record<GraphName, { inputs: Port[]; outputs: Port[] }> {
  const { clusters, latentDim, input } = manifest;
  const data: Port =
    input.kind === "image"
      ? { name: "images", type: "uint8", dims: [input.height, input.width, input.channels] }
      : { name: "points", type: "float32", dims: [input.dim] };
  const latent: Port = { name: "latent", type: "float32", dims: [latentDim] };
  return {
    encoder: {
      inputs: [data],
      outputs: [
        { name: "logits", type: "float32", dims: [clusters] },
        { name: "probabilities", type: "float32", dims: [clusters] },
        { name: "cluster", type: "int64", dims: [] },
        { name: "features", type: "float32", dims: [undefined] },
      ],
    },
    generator: { inputs: [latent], outputs: [data] },
    mixture: {
      inputs: [
        { name: "cluster", type: "int64", dims: [] },
        { name: "noise", type: "float32", dims: [latentDim] },
      ],
      outputs: [
        latent,
        { name: "means", type: "float32", dims: [clusters, latentDim], batched: false },
        { name: "sigmas", type: "float32", dims: [clusters], batched: false },
      ],
    },
  };
}

/** What ONNX Runtime says of a value, in Node and in browsers alike. */
export interface ValueDescription {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** What a loaded graph declares, as ONNX Runtime's sessions say it. */
export interface SessionDescription {
  readonly inputMetadata: readonly ValueDescription[];
  readonly outputMetadata: readonly ValueDescription[];
}

/**
 * @param where - path or URL of the graph's file, for the message
 * @throws BundleError naming the first input or output that is not as documented
 */
export function mustHavePorts(
  session: SessionDescription,
  { inputs, outputs }: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
  where: string,
): void {
  for (const port of inputs) mustHavePort("input", session.inputMetadata, port, where);
  for (const port of outputs) mustHavePort("output", session.outputMetadata, port, where);
}

function mustHavePort(
  side: "input" | "output",
  found: readonly ValueDescription[],
  port: Port,
  where: string,
): void {
  const wanted = [...(port.batched === false ? [] : [undefined]), ...port.dims];
  const value = found.find(({ name }) => name === port.name);
  const dims = value?.isTensor ? (value.shape ?? []) : undefined;
  const fits =
    dims !== undefined &&
    value?.type === port.type &&
    dims.length === wanted.length &&
    wanted.every((dim, i) => dim === undefined || dim === dims[i]);
  if (fits) return;
  const shape = wanted.map((dim, i) => dim ?? (i === 0 ? "batch" : "any")).join(", ");
  const received = dims ? `${value?.type} [${dims.join(", ")}]` : "none";
  throw new BundleError(
    `Expected ${port.type} [${shape}] for ${side} ${port.name} of ${where} but received ${received}. Export the bundle again.`,
  );
}

/** The error of a file that ONNX Runtime does not load. */
export function notAGraph(where: string, device: string, cause: unknown): BundleError {
  return new BundleError(
    `Expected an ONNX graph for ${where} but ONNX Runtime does not load it on ${device}: ${(cause as Error).message}. Export the bundle again.`,
    { cause },
  );
}

/** The error of a graph that fails while it runs. */
export function failedRun(
  where: string,
  device: string,
  feeds: Readonly<Record<string, PlainTensor>>,
  cause: unknown,
): BundleError {
  const shapes = Object.entries(feeds).map(([name, { type, dims }]) => `${name} ${type} [${dims}]`);
  return new BundleError(
    `${where} failed on ${device} with ${shapes.join(", ")}: ${(cause as Error).message}. Export the bundle again.`,
    { cause },
  );
}

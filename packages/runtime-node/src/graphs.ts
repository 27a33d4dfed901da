/** The three graphs of a bundle as ONNX Runtime sessions, each created when first run. */

import { join } from "node:path";
import { BundleError, type ElementType, type Manifest, type PlainTensor } from "@mmgan/core";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Bundle, GraphName } from "./bundle-files.js";
import type { Device } from "./devices.js";
import { onnxRuntime } from "./ort.js";

/** One named input or output: its type and its dims after the batch dimension. */
interface Port {
  readonly name: string;
  readonly type: ElementType;
  /** Undefined where any size will do. */
  readonly dims: readonly (number | undefined)[];
  /** False for the mixture's parameters, whose first dimension is K. Default true. */
  readonly batched?: boolean;
}

/** The graphs' inputs and outputs as docs/architecture.md fixes them. */
function ports(manifest: Manifest): Record<GraphName, { inputs: Port[]; outputs: Port[] }> {
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

/** An input or output of a graph, as the file itself declares it. */
export interface GraphPort {
  readonly name: string;
  readonly type: string;
  /** Numbers, and names of symbolic dimensions ("batch"). */
  readonly dims: readonly (number | string)[];
}

/** Inputs and outputs of one graph, in the file's order. */
export interface GraphPorts {
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** Sessions of one bundle on one device. */
export class Graphs {
  readonly #bundle: Bundle;
  readonly #device: Device;
  readonly #threads: number;
  readonly #sessions = new Map<GraphName, Promise<InferenceSession>>();

  constructor(bundle: Bundle, device: Device, threads: number) {
    this.#bundle = bundle;
    this.#device = device;
    this.#threads = threads;
  }

  /**
   * Runs one graph.
   *
   * @throws BundleError when the file is no ONNX graph of the documented inputs and outputs, or fails while it runs
   */
  async run(graph: GraphName, feeds: Record<string, PlainTensor>): Promise<Record<string, PlainTensor>> {
    const ort = await onnxRuntime();
    const session = await this.#session(graph);
    const tensors: Record<string, Tensor> = {};
    for (const [name, { type, data, dims }] of Object.entries(feeds))
      tensors[name] = new ort.Tensor(type as "float32", data as Float32Array, dims);
    try {
      const fetched = await session.run(tensors);
      const outputs: Record<string, PlainTensor> = {};
      for (const [name, { dims, type, data }] of Object.entries(fetched))
        outputs[name] = { dims, type, data } as PlainTensor;
      return outputs;
    } catch (cause) {
      const shapes = Object.entries(feeds).map(([name, { type, dims }]) => `${name} ${type} [${dims}]`);
      throw new BundleError(
        `${this.#path(graph)} failed on ${this.#device} with ${shapes.join(", ")}: ${(cause as Error).message}. Export the bundle again.`,
        { cause },
      );
    }
  }

  /**
   * What the file of one graph declares.
   *
   * @throws BundleError when the file is no ONNX graph or lacks a documented input or output
   */
  async describe(graph: GraphName): Promise<GraphPorts> {
    const { inputMetadata, outputMetadata } = await this.#session(graph);
    return { inputs: inputMetadata.map(declared), outputs: outputMetadata.map(declared) };
  }

  /** Frees every session. */
  async release(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    for (const session of sessions) if (session.status === "fulfilled") await session.value.release();
  }

  #session(graph: GraphName): Promise<InferenceSession> {
    let session = this.#sessions.get(graph);
    if (session === undefined) {
      session = this.#create(graph);
      this.#sessions.set(graph, session);
      // A failed start may be tried again; who asked for it sees the error.
      session.catch(() => this.#sessions.delete(graph));
    }
    return session;
  }

  async #create(graph: GraphName): Promise<InferenceSession> {
    const ort = await onnxRuntime();
    let session: InferenceSession;
    try {
      session = await ort.InferenceSession.create(this.#bundle.graphs[graph], {
        executionProviders: [this.#device],
        intraOpNumThreads: this.#threads,
        logSeverityLevel: 3,
      });
    } catch (cause) {
      throw new BundleError(
        `Expected an ONNX graph for ${this.#path(graph)} but ONNX Runtime does not load it on ${this.#device}: ${(cause as Error).message}. Export the bundle again.`,
        { cause },
      );
    }
    const { inputs, outputs } = ports(this.#bundle.manifest)[graph];
    this.#mustHavePorts(graph, "input", session.inputMetadata, inputs);
    this.#mustHavePorts(graph, "output", session.outputMetadata, outputs);
    return session;
  }

  #mustHavePorts(
    graph: GraphName,
    side: "input" | "output",
    found: readonly InferenceSession.ValueMetadata[],
    ports: readonly Port[],
  ): void {
    for (const port of ports) {
      const wanted = [...(port.batched === false ? [] : [undefined]), ...port.dims];
      const value = found.find(({ name }) => name === port.name);
      const fits =
        value?.isTensor &&
        value.type === port.type &&
        value.shape.length === wanted.length &&
        wanted.every((dim, i) => dim === undefined || dim === value.shape[i]);
      if (fits) continue;
      const shape = wanted.map((dim, i) => dim ?? (i === 0 ? "batch" : "any")).join(", ");
      const received = value?.isTensor ? `${value.type} [${value.shape.join(", ")}]` : "none";
      throw new BundleError(
        `Expected ${port.type} [${shape}] for ${side} ${port.name} of ${this.#path(graph)} but received ${received}. Export the bundle again.`,
      );
    }
  }

  #path(graph: GraphName): string {
    return join(this.#bundle.folder, this.#bundle.manifest.files[graph].path);
  }
}

function declared(value: InferenceSession.ValueMetadata): GraphPort {
  return value.isTensor
    ? { name: value.name, type: value.type, dims: value.shape }
    : { name: value.name, type: "not a tensor", dims: [] };
}

/** The three graphs of a bundle as ONNX Runtime sessions, each created when first run. */

import { join } from "node:path";
import {
  failedRun,
  type GraphName,
  type Graphs,
  graphPorts,
  mustHavePorts,
  notAGraph,
  type PlainTensor,
} from "@mmgan/core";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Bundle } from "./bundle-files.js";
import type { Device } from "./devices.js";
import { onnxRuntime } from "./ort.js";

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
export class NodeGraphs implements Graphs {
  readonly device: Device;
  readonly #bundle: Bundle;
  readonly #threads: number;
  readonly #sessions = new Map<GraphName, Promise<InferenceSession>>();

  constructor(bundle: Bundle, device: Device, threads: number) {
    this.#bundle = bundle;
    this.device = device;
    this.#threads = threads;
  }

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
      throw failedRun(this.#path(graph), this.device, feeds, cause);
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
        executionProviders: [this.device],
        intraOpNumThreads: this.#threads,
        logSeverityLevel: 3,
      });
    } catch (cause) {
      throw notAGraph(this.#path(graph), this.device, cause);
    }
    mustHavePorts(session, graphPorts(this.#bundle.manifest)[graph], this.#path(graph));
    return session;
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

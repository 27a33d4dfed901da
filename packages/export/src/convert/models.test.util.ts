/** Models built in code for tests: Keras ones as files in memory, TensorFlow graphs node by node. */

import { Rng } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import type { ModelFiles } from "./model-files.js";

/** Gives every weight fixed values of a fan-in's scale, and batch norm moments that are not those of the identity. */
export function fill(model: tf.LayersModel, seed = 1): void {
  const weights = model.weights.map((weight, i) => {
    const size = weight.shape.reduce<number>((product, dim) => product * dim!, 1);
    const rng = new Rng({ seed, stream: "weights", step: i });
    const fan = Math.max(1, size / (weight.shape.at(-1) ?? 1));
    const isVariance = weight.name.includes("variance");
    const scale = weight.shape.length > 1 ? Math.sqrt(2 / fan) : 0.1;
    const shift = isVariance || weight.name.includes("gamma") ? 1 : 0;
    const data = isVariance
      ? rng.uniform(size).map((x) => 0.5 + x)
      : rng.normal(size).map((x) => x * scale + shift);
    return tf.tensor(data, weight.shape as number[]);
  });
  // In the order of model.weights, which is not that of setWeights (trainable ones first).
  model.weights.forEach((weight, i) => {
    weight.write(weights[i]!);
    weights[i]!.dispose();
  });
}

/** model.json and its shards, the weights cut into `shards` files. */
export async function filesOf(model: tf.LayersModel, shards = 2): Promise<ModelFiles> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save({
    save: async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    },
  });
  return asFiles(artifacts!, shards);
}

export function asFiles(artifacts: tf.io.ModelArtifacts, shards = 2): ModelFiles {
  const bytes = new Uint8Array(artifacts.weightData as ArrayBuffer);
  const each = Math.ceil(bytes.length / shards);
  const paths = Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}.bin`);
  const { weightData: _, weightSpecs, ...rest } = artifacts;
  const json = { ...rest, weightsManifest: [{ paths, weights: weightSpecs }] };
  return {
    modelJson: JSON.stringify(json),
    shards: Object.fromEntries(paths.map((path, i) => [path, bytes.slice(i * each, (i + 1) * each)])),
  };
}

export type Attr = Record<string, unknown>;
export interface GraphNodeDef {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, Attr>;
}

const DTYPES = { float32: "DT_FLOAT", int32: "DT_INT32", bool: "DT_BOOL" } as const;
export type GraphType = keyof typeof DTYPES;
export const dtype = (type: GraphType): Attr => ({ type: DTYPES[type] });
export const shapeAttr = (dims: readonly number[]): Attr => ({
  shape: { dim: dims.map((size) => ({ size: String(size) })) },
});

/** A TensorFlow graph under construction. */
export class GraphDef {
  readonly nodes: GraphNodeDef[] = [];
  readonly functions: object[] = [];
  readonly #weights: { name: string; type: GraphType; dims: number[]; data: number[] }[] = [];

  placeholder(name: string, dims: readonly number[], type: GraphType = "float32"): string {
    this.nodes.push({ name, op: "Placeholder", attr: { dtype: dtype(type), shape: shapeAttr(dims) } });
    return name;
  }

  constant(name: string, dims: number[], data: number[], type: GraphType = "float32"): string {
    this.nodes.push({
      name,
      op: "Const",
      attr: {
        dtype: dtype(type),
        value: { tensor: { dtype: DTYPES[type], tensorShape: shapeAttr(dims).shape } },
      },
    });
    this.#weights.push({ name, type, dims, data });
    return name;
  }

  node(op: string, name: string, input: string[], attr: Record<string, Attr> = {}): string {
    this.nodes.push({ name, op, input, attr });
    return name;
  }

  artifacts(): tf.io.ModelArtifacts {
    const arrays = this.#weights.map(({ type, data }) =>
      type === "float32"
        ? Float32Array.from(data)
        : type === "int32"
          ? Int32Array.from(data)
          : Uint8Array.from(data),
    );
    const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + array.byteLength, 0));
    let at = 0;
    for (const array of arrays) {
      bytes.set(new Uint8Array(array.buffer), at);
      at += array.byteLength;
    }
    return {
      format: "graph-model",
      generatedBy: "test",
      convertedBy: null,
      modelTopology: {
        node: this.nodes,
        versions: { producer: 1 },
        ...(this.functions.length > 0 ? { library: { function: this.functions } } : {}),
      },
      weightSpecs: this.#weights.map(({ name, type, dims }) => ({ name, shape: dims, dtype: type })),
      weightData: bytes.buffer,
    } as tf.io.ModelArtifacts;
  }

  files(): ModelFiles {
    return asFiles(this.artifacts(), 1);
  }
}

/**
 * A bundle of one-layer graphs with known weights, so that tests can work out every answer. Written by hand, not by
 * the exporter: a fault of one cannot hide in the other. No Node built-ins, so that a browser's tests can use it.
 *
 *     encoder    x = images / 255 or points; features = relu(x A); logits = features W + b; softmax, argmax
 *     generator  y = latent G;               images = clip(round(127.5 + 127.5 y), 0, 255) or points = y
 *     mixture    latent = means[cluster] + sigmas[cluster] noise
 */

import { BUNDLE_FORMAT, type Manifest, type Mixture, Rng, sha256Hex } from "@mmgan/core";
import { type GraphConstant, type GraphNode, type GraphValue, writeOnnx } from "./onnx-writer.js";

export interface TinyOptions {
  /** Default 4x4 grey images. */
  readonly input?: Manifest["input"];
  /** Default 3. */
  readonly clusters?: number;
}

export interface TinyBundle {
  readonly manifest: Manifest;
  readonly files: Map<string, Uint8Array>;
  readonly mixture: Mixture;
  /** Values of one input. */
  readonly size: number;
  readonly weights: Record<"A" | "W" | "b" | "G", Float32Array>;
}

export const LATENT_DIM = 2;
export const FEATURES = 5;
export const TINY_IMAGE = { kind: "image", height: 4, width: 4, channels: 1, fit: "contain" } as const;
export const TINY_POINT = { kind: "point", dim: 3 } as const;

export async function tinyBundle({
  input = TINY_IMAGE,
  clusters = 3,
}: TinyOptions = {}): Promise<TinyBundle> {
  const size = input.kind === "image" ? input.height * input.width * input.channels : input.dim;
  const draw = (name: string, count: number, scale: number): Float32Array =>
    new Rng({ seed: 1, stream: `tiny ${name}` }).normal(count).map((value) => value * scale);
  const weights = {
    A: draw("A", size * FEATURES, 1),
    W: draw("W", FEATURES * clusters, 1),
    b: draw("b", clusters, 0.5),
    G: draw("G", LATENT_DIM * size, 0.4),
  };
  const mixture = {
    clusters,
    latentDim: LATENT_DIM,
    means: draw("means", clusters * LATENT_DIM, 1),
    sigmas: Float32Array.from({ length: clusters }, (_, k) => 0.25 * (k + 1)),
  };
  const graphs = {
    encoder: encoder(input, clusters, size, weights),
    generator: generator(input, size, weights),
  };
  const files = new Map<string, Uint8Array>([
    ["encoder.onnx", graphs.encoder],
    ["generator.onnx", graphs.generator],
    ["mixture.onnx", mixtureGraph(mixture)],
    ["card.md", new TextEncoder().encode("# tiny\n")],
  ]);
  const manifest = await tinyManifest(input, clusters, files);
  files.set("manifest.json", new TextEncoder().encode(JSON.stringify(manifest)));
  return { manifest, files, mixture, size, weights };
}

/** The same files with a manifest changed by `change`; its checksums as they were. */
export function withManifest(
  { manifest, files }: TinyBundle,
  change: (manifest: Record<string, unknown>) => void,
): Map<string, Uint8Array> {
  const changed = structuredClone(manifest) as unknown as Record<string, unknown>;
  change(changed);
  return new Map(files).set("manifest.json", new TextEncoder().encode(JSON.stringify(changed)));
}

/** The bundle with one graph replaced, its checksums right. */
export async function withFile(
  bundle: TinyBundle,
  name: string,
  bytes: Uint8Array,
): Promise<Map<string, Uint8Array>> {
  const files = new Map(bundle.files).set(name, bytes);
  const manifest = await tinyManifest(bundle.manifest.input, bundle.manifest.clusters, files);
  return files.set("manifest.json", new TextEncoder().encode(JSON.stringify(manifest)));
}

async function tinyManifest(
  input: Manifest["input"],
  clusters: number,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Manifest> {
  const entry = async (path: string) => {
    const bytes = files.get(path)!;
    return { path, sha256: await sha256Hex(bytes), bytes: bytes.length };
  };
  return {
    format: BUNDLE_FORMAT,
    kind: "mmgan",
    name: "tiny",
    clusters,
    latentDim: LATENT_DIM,
    input,
    opset: 17,
    files: {
      encoder: await entry("encoder.onnx"),
      generator: await entry("generator.onnx"),
      mixture: await entry("mixture.onnx"),
      card: await entry("card.md"),
    },
    training: { data: "none", recipe: "none", loss: "rsgan", steps: 0, seed: 1, images: 1, metrics: {} },
    license: "MIT",
    tool: { name: "mmgan", version: "0.1.0" },
  };
}

const floats = (dims: number[], data: Float32Array): GraphConstant => ({ dims, data });
const scalar = (value: number): GraphConstant => floats([], Float32Array.of(value));
const shape = (...dims: number[]): GraphConstant => ({
  dims: [dims.length],
  data: BigInt64Array.from(dims, BigInt),
});
const node = (
  op: string,
  inputs: string[],
  output: string,
  integers: Record<string, number> = {},
): GraphNode => ({ op, inputs, outputs: [output], integers });
const rows = (name: string, type: GraphValue["type"], ...dims: number[]): GraphValue => ({
  name,
  type,
  dims: ["batch", ...dims],
});

function data(input: Manifest["input"]): GraphValue {
  return input.kind === "image"
    ? rows("images", "uint8", input.height, input.width, input.channels)
    : rows("points", "float32", input.dim);
}

function encoder(
  input: Manifest["input"],
  clusters: number,
  size: number,
  { A, W, b }: TinyBundle["weights"],
): Uint8Array {
  const image = input.kind === "image";
  return writeOnnx({
    inputs: [data(input)],
    outputs: [
      rows("logits", "float32", clusters),
      rows("probabilities", "float32", clusters),
      rows("cluster", "int64"),
      rows("features", "float32", FEATURES),
    ],
    constants: {
      A: floats([size, FEATURES], A),
      W: floats([FEATURES, clusters], W),
      b: floats([clusters], b),
      ...(image ? { flat: shape(0, size), white: scalar(255) } : {}),
    },
    nodes: [
      ...(image
        ? [
            node("Cast", ["images"], "levels", { to: 1 }),
            node("Reshape", ["levels", "flat"], "row"),
            node("Div", ["row", "white"], "x"),
          ]
        : [node("Identity", ["points"], "x")]),
      node("MatMul", ["x", "A"], "xA"),
      node("Relu", ["xA"], "features"),
      node("MatMul", ["features", "W"], "fW"),
      node("Add", ["fW", "b"], "logits"),
      node("Softmax", ["logits"], "probabilities", { axis: 1 }),
      node("ArgMax", ["logits"], "cluster", { axis: 1, keepdims: 0 }),
    ],
  });
}

function generator(input: Manifest["input"], size: number, { G }: TinyBundle["weights"]): Uint8Array {
  const latent = rows("latent", "float32", LATENT_DIM);
  const constants = { G: floats([LATENT_DIM, size], G) };
  if (input.kind === "point")
    return writeOnnx({
      inputs: [latent],
      outputs: [data(input)],
      constants,
      nodes: [node("MatMul", ["latent", "G"], "points")],
    });
  const { height, width, channels } = input;
  return writeOnnx({
    inputs: [latent],
    outputs: [data(input)],
    constants: {
      ...constants,
      half: scalar(127.5),
      black: scalar(0),
      white: scalar(255),
      picture: shape(0, height, width, channels),
    },
    nodes: [
      node("MatMul", ["latent", "G"], "y"),
      node("Mul", ["y", "half"], "scaled"),
      node("Add", ["scaled", "half"], "level"),
      node("Round", ["level"], "rounded"),
      node("Clip", ["rounded", "black", "white"], "clipped"),
      node("Cast", ["clipped"], "bytes", { to: 2 }),
      node("Reshape", ["bytes", "picture"], "images"),
    ],
  });
}

function mixtureGraph({ clusters, means, sigmas }: Mixture): Uint8Array {
  return writeOnnx({
    inputs: [rows("cluster", "int64"), rows("noise", "float32", LATENT_DIM)],
    outputs: [
      rows("latent", "float32", LATENT_DIM),
      { name: "means", type: "float32", dims: [clusters, LATENT_DIM] },
      { name: "sigmas", type: "float32", dims: [clusters] },
    ],
    constants: {
      mu: floats([clusters, LATENT_DIM], means),
      sigma: floats([clusters], sigmas),
      column: shape(1),
    },
    nodes: [
      node("Identity", ["mu"], "means"),
      node("Identity", ["sigma"], "sigmas"),
      node("Gather", ["mu", "cluster"], "mean", { axis: 0 }),
      node("Gather", ["sigma", "cluster"], "spread", { axis: 0 }),
      node("Unsqueeze", ["spread", "column"], "factor"),
      node("Mul", ["factor", "noise"], "offset"),
      node("Add", ["mean", "offset"], "latent"),
    ],
  });
}

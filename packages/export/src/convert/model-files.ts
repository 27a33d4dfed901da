/** model.json and its shards as tfjs's model artifacts, checked before anything is built from them. */

import { expected, MemoryError, ModelError } from "@mmgan/core";
import type * as tf from "@tensorflow/tfjs";

/** A model in memory: what lies beside each other in a folder or came out of a drop. */
export interface ModelFiles {
  /** The bytes, the text or the parsed content of model.json. */
  readonly modelJson: Uint8Array | string | object;
  /** The shards by the names that model.json gives them; all of them and no other. */
  readonly shards: Readonly<Record<string, Uint8Array>>;
}

/** Bounds on what is read. */
export interface ModelLimits {
  /** Bytes of model.json, at most. Default 256 MiB. */
  readonly jsonBytes?: number;
  /** Bytes of all weights, at most. Default 2 GiB, which is also what an ONNX file can hold. */
  readonly weightBytes?: number;
}

const JSON_BYTES = 2 ** 28;
const WEIGHT_BYTES = 2 ** 31 - 1;
/** Deeper than any model: Keras nests a model in a model some ten levels at most. */
const DEPTH = 200;

interface WeightsGroup {
  readonly paths: readonly string[];
  readonly weights: readonly tf.io.WeightsManifestEntry[];
}

/** The parts of a model.json that loading needs. */
export interface ModelJson {
  readonly format: "layers-model" | "graph-model";
  readonly content: Readonly<Record<string, unknown>>;
  readonly groups: readonly WeightsGroup[];
  /** Paths of all shards, in order. */
  readonly paths: readonly string[];
}

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x);

/** @throws ModelError saying what is wrong with the file */
export function parseModelJson(modelJson: ModelFiles["modelJson"], limits: ModelLimits = {}): ModelJson {
  const content = parsed(modelJson, limits.jsonBytes ?? JSON_BYTES);
  if (!isRecord(content) || !isRecord(content.modelTopology))
    throw new ModelError(
      expected(
        "an object with modelTopology",
        "model.json",
        summary(content),
        "Pass the model.json of a TensorFlow.js model",
      ),
    );
  const topology = content.modelTopology;
  const isGraph = content.format === "graph-model" || Array.isArray(topology.node);
  if (!isGraph && !("model_config" in topology) && !("class_name" in topology) && !("config" in topology))
    throw new ModelError(
      expected(
        "a Keras model or a TensorFlow graph",
        "modelTopology of model.json",
        Object.keys(topology).join(),
        REMEDY,
      ),
    );
  const manifest = content.weightsManifest ?? [];
  if (!Array.isArray(manifest) || !manifest.every(isGroup))
    throw new ModelError(
      expected("a list of { paths, weights }", "weightsManifest of model.json", summary(manifest), REMEDY),
    );
  const groups = manifest as WeightsGroup[];
  const paths = groups.flatMap((group) => group.paths);
  for (const path of paths) mustStayInside(path);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined)
    throw new ModelError(expected("each shard once", "weightsManifest of model.json", twice, REMEDY));
  return { format: isGraph ? "graph-model" : "layers-model", content, groups, paths };
}

const REMEDY = "Save or convert the model again";

function isGroup(group: unknown): boolean {
  return (
    isRecord(group) &&
    Array.isArray(group.paths) &&
    group.paths.every((path) => typeof path === "string") &&
    Array.isArray(group.weights) &&
    group.weights.every(
      (weight) =>
        isRecord(weight) &&
        typeof weight.name === "string" &&
        Array.isArray(weight.shape) &&
        weight.shape.every((dim) => Number.isInteger(dim) && (dim as number) >= 0),
    )
  );
}

function parsed(modelJson: ModelFiles["modelJson"], most: number): unknown {
  if (typeof modelJson === "object" && !(modelJson instanceof Uint8Array)) return modelJson;
  const length = modelJson.length;
  if (length > most)
    throw new ModelError(
      expected(`at most ${most} bytes`, "model.json", length, "Raise the limit if you trust it"),
    );
  const text = typeof modelJson === "string" ? modelJson : new TextDecoder().decode(modelJson);
  mustBeFlat(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelError(
      expected(
        "JSON",
        "model.json",
        `${JSON.stringify(text.slice(0, 40))} (${(cause as Error).message})`,
        "Pass the model.json of a TensorFlow.js model, not a shard or a .h5 file",
      ),
      { cause },
    );
  }
}

/** Refuses JSON nested deeper than a model can be. */
function mustBeFlat(text: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > DEPTH)
        throw new ModelError(
          expected(
            `at most ${DEPTH} levels of nesting`,
            "model.json",
            `more, at character ${i}`,
            "This is no model",
          ),
        );
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
}

/** Shards lie beside model.json or below it. */
function mustStayInside(path: string): void {
  const parts = path.split("/");
  const escapes = path === "" || path.includes("\\") || path.includes("\0") || /^[a-z]+:/i.test(path);
  if (escapes || path.startsWith("/") || parts.includes(".."))
    throw new ModelError(
      expected(
        "a path below the folder of model.json",
        "a shard in weightsManifest",
        path,
        "Refusing to read elsewhere: correct the path",
      ),
    );
}

/** Bytes of an element as it is stored. */
const BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
};

function bytesOf(weight: tf.io.WeightsManifestEntry): number {
  const stored = weight.quantization?.dtype ?? weight.dtype;
  const each = BYTES[stored];
  if (each === undefined)
    throw new ModelError(
      expected(
        "float32, int32 or bool",
        `the type of weight ${weight.name}`,
        stored,
        "Strings have no place in an ONNX graph: take them out of the model",
      ),
    );
  const size = weight.shape.reduce((product, dim) => product * dim, 1);
  if (!Number.isSafeInteger(size))
    throw new ModelError(expected("a shape that can be held", `weight ${weight.name}`, weight.shape, REMEDY));
  return size * each;
}

/**
 * The artifacts that tfjs loads from.
 *
 * @param read - the bytes of a shard
 * @throws ModelError naming the shard or weight; MemoryError where the weights are more than the limit
 */
export async function readArtifacts(
  json: ModelJson,
  read: (path: string) => Promise<Uint8Array>,
  limits: ModelLimits = {},
): Promise<tf.io.ModelArtifacts> {
  const most = limits.weightBytes ?? WEIGHT_BYTES;
  const total = json.groups
    .flatMap((group) => group.weights)
    .reduce((sum, weight) => sum + bytesOf(weight), 0);
  if (total > most)
    throw new MemoryError(
      expected(
        `at most ${most} bytes`,
        "the weights of the model",
        total,
        "Quantise the model, or raise the limit",
      ),
    );
  const data = new Uint8Array(total);
  let at = 0;
  for (const { paths, weights } of json.groups) {
    const wanted = weights.reduce((sum, weight) => sum + bytesOf(weight), 0);
    const start = at;
    for (const path of paths) {
      const bytes = await read(path);
      if (at + bytes.length > start + wanted)
        throw new ModelError(
          expected(
            `${start + wanted - at} bytes`,
            `shard ${path}`,
            bytes.length,
            "The weights do not fit model.json: fetch the shard again",
          ),
        );
      data.set(bytes, at);
      at += bytes.length;
    }
    if (at !== start + wanted)
      throw new ModelError(
        expected(
          `${wanted} bytes`,
          `the shards ${paths.join(", ")}`,
          at - start,
          "A shard is truncated: fetch it again",
        ),
      );
  }
  const { content } = json;
  return {
    ...content,
    modelTopology: content.modelTopology as object,
    weightSpecs: json.groups.flatMap((group) => [...group.weights]),
    weightData: data.buffer,
  } as tf.io.ModelArtifacts;
}

/** Reads shards out of memory. @throws ModelError for one that is missing or was not asked for */
export function fromMemory(
  json: ModelJson,
  shards: ModelFiles["shards"],
): (path: string) => Promise<Uint8Array> {
  const extra = Object.keys(shards).find((path) => !json.paths.includes(path));
  if (extra !== undefined)
    throw new ModelError(
      expected(
        `the shards ${json.paths.join(", ") || "(none)"}`,
        "the shards given",
        extra,
        "It belongs to another model: leave it out",
      ),
    );
  return async (path) => {
    const bytes = shards[path];
    if (!bytes)
      throw new ModelError(
        expected(
          `shard ${path}`,
          "the shards given",
          Object.keys(shards).join(", ") || "none",
          "Give every shard that model.json lists",
        ),
      );
    return bytes;
  };
}

function summary(x: unknown): string {
  if (isRecord(x)) return `an object with ${Object.keys(x).slice(0, 5).join(", ") || "nothing"}`;
  return Array.isArray(x) ? "a list" : String(x);
}

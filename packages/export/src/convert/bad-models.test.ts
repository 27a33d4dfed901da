/** What is no model, or none that a graph can hold: each is named by a typed error, and nothing is handed over. */

import { ArgumentError, DownloadError, KernelError, MemoryError, ModelError, OpsetError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { convert } from "./convert.js";
import { registerLowering } from "./extension.js";
import type { ModelFiles } from "./model-files.js";
import { dtype, filesOf, GraphDef } from "./models.test.util.js";

beforeAll(() => tf.setBackend("cpu"));

const unchecked = { check: false } as const;
let whole: ModelFiles;

beforeAll(async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  whole = await filesOf(model, 2);
  model.dispose();
});

interface Json {
  weightsManifest: [{ paths: string[]; weights: [{ shape: number[]; dtype: string }] }];
  modelTopology: { config: { layers: { class_name: string }[] } };
}

const changed = (change: (json: Json) => void): ModelFiles => {
  const json = JSON.parse(whole.modelJson as string) as Json;
  change(json);
  return { ...whole, modelJson: JSON.stringify(json) };
};
const [first, second] = ["group1-shard1of2.bin", "group1-shard2of2.bin"];

describe("files that are no model", () => {
  it.each<[string, () => ModelFiles, new (m: string) => Error, RegExp]>([
    [
      "no JSON",
      () => ({ modelJson: "PK\u0003\u0004", shards: {} }),
      ModelError,
      /Expected JSON for model\.json/,
    ],
    [
      "another JSON",
      () => ({ modelJson: '{"name": "x"}', shards: {} }),
      ModelError,
      /an object with modelTopology/,
    ],
    ["a list", () => ({ modelJson: "[]", shards: {} }), ModelError, /received a list/],
    [
      "no topology of either kind",
      () => ({ modelJson: '{"modelTopology": {"a": 1}}', shards: {} }),
      ModelError,
      /a Keras model or a TensorFlow graph/,
    ],
    [
      "JSON nested without end",
      () => ({ modelJson: "[".repeat(100_000), shards: {} }),
      ModelError,
      /at most 200 levels of nesting/,
    ],
    [
      "a shard too few",
      () => ({ ...whole, shards: { [first!]: whole.shards[first!]! } }),
      ModelError,
      /Expected shard group1-shard2of2\.bin for the shards given/,
    ],
    [
      "a shard too many",
      () => ({ ...whole, shards: { ...whole.shards, "group2-shard1of1.bin": new Uint8Array(4) } }),
      ModelError,
      /for the shards given but received group2-shard1of1\.bin/,
    ],
    [
      "a truncated shard",
      () => ({ ...whole, shards: { ...whole.shards, [second!]: whole.shards[second!]!.slice(0, -4) } }),
      ModelError,
      /Expected 32 bytes for the shards group1-shard1of2\.bin, group1-shard2of2\.bin but received 28/,
    ],
    [
      "a shard too long",
      () => ({ ...whole, shards: { ...whole.shards, [second!]: new Uint8Array(400) } }),
      ModelError,
      /bytes for shard group1-shard2of2\.bin but received 400/,
    ],
    [
      "a shape that does not fit its weight",
      () =>
        changed((json) => {
          json.weightsManifest[0].weights[0].shape = [3, 3];
        }),
      ModelError,
      /bytes for the shards/,
    ],
    [
      "a weight of a huge shape",
      () =>
        changed((json) => {
          json.weightsManifest[0].weights[0].shape = [2 ** 20, 2 ** 20];
        }),
      MemoryError,
      /Expected at most 2147483647 bytes for the weights of the model/,
    ],
    [
      "a string weight",
      () =>
        changed((json) => {
          json.weightsManifest[0].weights[0].dtype = "string";
        }),
      ModelError,
      /the type of weight dense_Dense\d*\/kernel but received string/,
    ],
    [
      "a path that escapes",
      () =>
        changed((json) => {
          json.weightsManifest[0].paths[0] = "../../etc/passwd";
        }),
      ModelError,
      /a path below the folder of model\.json for a shard in weightsManifest but received \.\.\/\.\.\/etc\/passwd/,
    ],
    [
      "an absolute path",
      () =>
        changed((json) => {
          json.weightsManifest[0].paths[0] = "/etc/passwd";
        }),
      ModelError,
      /a path below the folder/,
    ],
    [
      "an address as a path",
      () =>
        changed((json) => {
          json.weightsManifest[0].paths[0] = "file:x";
        }),
      ModelError,
      /a path below the folder/,
    ],
    [
      "an unknown layer",
      () =>
        changed((json) => {
          json.modelTopology.config.layers.at(-1)!.class_name = "Swizzle";
        }),
      ModelError,
      /a layer that is registered for class_name in model\.json but received Swizzle\. Register it before: class Swizzle extends tf\.layers\.Layer/i,
    ],
  ])("%s", async (_, files, type, message) => {
    const failed = convert(files(), unchecked);
    await expect(failed).rejects.toThrow(message);
    await expect(convert(files(), unchecked)).rejects.toBeInstanceOf(type);
  });

  it("an address that does not answer, and a path for an address", async () => {
    await expect(convert("http://127.0.0.1:9/model.json", unchecked)).rejects.toBeInstanceOf(DownloadError);
    await expect(convert("model.json", unchecked)).rejects.toBeInstanceOf(ArgumentError);
  });
});

describe("models that a graph cannot hold", () => {
  it("a stateful layer", async () => {
    const model = tf.sequential({
      layers: [tf.layers.simpleRNN({ units: 2, stateful: true, batchInputShape: [1, 3, 2] })],
    });
    await expect(convert(model, unchecked)).rejects.toThrow(
      /stateful: false for layer simple_rnn.* \(SimpleRNN\)/,
    );
    await expect(convert(model, unchecked)).rejects.toBeInstanceOf(ModelError);
  });

  it("an input whose size is open: which, and how to fix it", async () => {
    const model = tf.sequential({
      layers: [tf.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [null, null, 3], name: "c" })],
    });
    await expect(convert(model, unchecked)).rejects.toThrow(
      /a size for dimension 1 of input c_input but received one that the model leaves open\. Fix it: .*--shape c_input=/,
    );
    const { inputs } = await convert(model, { ...unchecked, shapes: { c_input: [1, 6, 4, 3] } });
    expect(inputs[0]!.dims).toEqual(["batch", 6, 4, 3]);
    await expect(convert(model, { ...unchecked, shapes: { c_input: [1, 6, 4, 1] } })).rejects.toBeInstanceOf(
      ModelError,
    );
    await expect(convert(model, { ...unchecked, shapes: { other: [1] } })).rejects.toBeInstanceOf(
      ArgumentError,
    );
  });

  it("a string input", async () => {
    const graph = new GraphDef();
    graph.nodes.push({
      name: "text",
      op: "Placeholder",
      attr: { dtype: { type: "DT_STRING" }, shape: { shape: { dim: [{ size: "-1" }] } } },
    });
    graph.node("StringLower", "y", ["text"]);
    await expect(convert(graph.files(), unchecked)).rejects.toThrow(
      /the type of input text but received string/,
    );
  });

  it("an operation tfjs does not know", async () => {
    const graph = new GraphDef();
    graph.placeholder("x", [-1, 2]);
    graph.node("Frobnicate", "y", ["x"], { T: dtype("float32") });
    await expect(convert(graph.files(), unchecked)).rejects.toThrow(
      /for a node of model\.json but received Frobnicate\. Register it before: tf\.registerOp\("Frobnicate"/,
    );
  });

  it("an operator set too old for an operator: which", async () => {
    const fn = {
      fn: ({ x }: Record<string, tf.Tensor>) => ({ y: tf.bitwiseAnd(x!, x!) }),
      inputs: { x: { dims: [2], type: "int32" } },
    } as const;
    await expect(convert(fn, { ...unchecked, opset: 17 })).rejects.toBeInstanceOf(OpsetError);
    await expect(convert(fn, { ...unchecked, opset: 17 })).rejects.toThrow(
      "Expected 18 or more for opset but received 17. Kernel BitwiseAnd needs BitwiseAnd: pass opset 18.",
    );
    expect((await convert(fn, unchecked)).opset).toBe(18);
  });

  it("a check without a runtime", async () => {
    await expect(convert(whole)).rejects.toThrow(/onnxruntime-node or onnxruntime-web for runtime/);
  });

  it("a custom kernel, until it has a lowering", async () => {
    tf.registerKernel({ kernelName: "Cube", backendName: "cpu", kernelFunc: ({ inputs }) => inputs.x! });
    const cube = {
      fn: ({ x }: Record<string, tf.Tensor>) => ({
        y: tf.engine().runKernel("Cube", { x: x! }) as tf.Tensor,
      }),
      inputs: { x: { dims: ["batch", 2], type: "float32" } },
    } as const;
    await expect(convert(cube, unchecked)).rejects.toBeInstanceOf(KernelError);
    await expect(convert(cube, unchecked)).rejects.toThrow(/received Cube.*registerLowering/);
    registerLowering("Cube", ({ ops, inputs }) =>
      ops.binary("Mul", ops.binary("Mul", inputs.x!, inputs.x!), inputs.x!),
    );
    expect((await convert(cube, unchecked)).nodeCount).toBe(2);
    expect(() => registerLowering("Exp", ({ inputs }) => inputs.x!)).toThrow(ArgumentError);
  });
});

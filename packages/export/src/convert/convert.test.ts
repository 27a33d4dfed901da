/** Models of each kind, converted and compared with themselves. */

import { DifferenceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { readOnnx } from "../read.js";
import { convert } from "./convert.js";
import type { ModelFiles } from "./model-files.js";
import { asFiles, dtype, filesOf, fill, GraphDef } from "./models.test.util.js";

beforeAll(() => tf.setBackend("cpu"));
const runtime = ort as never;

function classifier(): tf.Sequential {
  const model = tf.sequential({
    name: "classifier",
    layers: [
      tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, padding: "same", name: "first" }),
      tf.layers.batchNormalization({ name: "norm" }),
      tf.layers.reLU({ name: "active" }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, name: "deep", useBias: false }),
      tf.layers.batchNormalization({ name: "norm_2" }),
      tf.layers.flatten({ name: "flat" }),
      tf.layers.dense({ units: 3, activation: "softmax", name: "scores" }),
    ],
  });
  fill(model);
  return model;
}

describe("convert", () => {
  it("turns a tf.sequential into a graph named after its layers, checked on three inputs", async () => {
    const { onnx, check, inputs, outputs, opset } = await convert(classifier(), { runtime });
    const summary = readOnnx(onnx);
    expect(inputs).toEqual([{ name: "first_input", dims: ["batch", 8, 8, 3], type: "float32" }]);
    expect(outputs).toEqual([{ name: "scores", dims: ["batch", 3], type: "float32" }]);
    expect(opset).toBe(13);
    expect(check).toMatchObject({ count: 3, seed: 1, tolerance: 1e-4, batches: [1, 2, 3] });
    // Batch norm is part of the weights: neither Mul nor Add is left.
    expect(summary.operators).toEqual({ Conv: 2, Gemm: 1, Relu: 1, Reshape: 1, Softmax: 1, Transpose: 2 });
    expect(summary.metadata).toEqual({ source: "layers-model", tool: "mmgan 0.1.0" });
  });

  it("reads model.json and shards from memory, quantised weights too", async () => {
    const files = await filesOf(classifier(), 3);
    const { check } = await convert(files, { runtime });
    expect(Object.values(check!.differences)[0]).toBeLessThan(1e-4);
    const plain = await convert(classifier(), { runtime });
    expect((await convert(files, { runtime })).onnx).toEqual(plain.onnx);
    const quantised = await quantise(files);
    const { check: rough } = await convert(quantised, { runtime });
    expect(Object.values(rough!.differences)[0]).toBeLessThan(1e-4);
  });

  it("puts images channels first when asked to, without a transpose", async () => {
    const { onnx, inputs } = await convert(classifier(), { runtime, layout: "nchw" });
    expect(inputs[0]!.dims).toEqual(["batch", 3, 8, 8]);
    expect(readOnnx(onnx).operators.Transpose).toBe(1);
  });

  it("fixes the batch, and the opset", async () => {
    const { onnx, inputs } = await convert(classifier(), { runtime, batch: 2, opset: 21 });
    expect(inputs[0]!.dims).toEqual([2, 8, 8, 3]);
    expect(readOnnx(onnx)).toMatchObject({ opsets: { "": 21 }, irVersion: 10 });
  });

  it("converts a TensorFlow graph", async () => {
    const graph = new GraphDef();
    const x = graph.placeholder("x", [-1, 3]);
    const w = graph.constant("w", [3, 2], [1, -2, 3, -4, 5, -6]);
    const b = graph.constant("b", [2], [0.5, -0.5]);
    const product = graph.node("MatMul", "dense/product", [x, w], {
      T: dtype("float32"),
      transpose_a: { b: false },
      transpose_b: { b: false },
    });
    const sum = graph.node("BiasAdd", "dense/sum", [product, b], {
      T: dtype("float32"),
      data_format: { s: "TkhXQw==" },
    });
    graph.node("Relu", "y", [sum], { T: dtype("float32") });
    const { inputs, outputs, onnx, format } = await convert(graph.files(), { runtime });
    expect(format).toBe("graph-model");
    expect(inputs).toEqual([{ name: "x", dims: ["batch", 3], type: "float32" }]);
    expect(outputs).toEqual([{ name: "y", dims: ["batch", 2], type: "float32" }]);
    expect(readOnnx(onnx).operators).toEqual({ Gemm: 1, Relu: 1 });
    const session = await ort.InferenceSession.create(onnx);
    const { y } = await session.run({ x: new ort.Tensor("float32", [1, 1, 1], [1, 3]) });
    // 1 + 3 + 5 + .5 and max(0, -2 - 4 - 6 - .5)
    expect([...(y!.data as Float32Array)]).toEqual([9.5, 0]);
  });

  it("converts a function", async () => {
    const { check } = await convert(
      {
        fn: ({ x }) => ({ y: tf.sum(tf.square(x!), 1) }),
        inputs: { x: { dims: ["batch", 4], type: "float32" } },
      },
      { runtime },
    );
    expect(check!.differences.y).toBeLessThan(1e-5);
  });

  it("never hands over a graph that computes something else: the first tensor that differs is named", async () => {
    const wrong = {
      ...ort,
      InferenceSession: {
        create: async (bytes: Uint8Array, options: object) => {
          const session = await ort.InferenceSession.create(bytes, options);
          return {
            run: async (feeds: never) => {
              const results = await session.run(feeds);
              // What follows "norm" is off by 1.
              for (const [name, tensor] of Object.entries(results))
                if (/active|deep|flat|scores/.test(name)) (tensor.data as Float32Array)[0]! += 1;
              return results;
            },
          };
        },
      },
    };
    const failed = convert(classifier(), { runtime: wrong as never });
    await expect(failed).rejects.toThrow(DifferenceError);
    await expect(convert(classifier(), { runtime: wrong as never })).rejects.toThrow(
      /for tensor active \(random input 1, seed 1\) but received/,
    );
  });

  it("leaves tfjs as it was", async () => {
    const model = classifier();
    const before = tf.memory().numTensors;
    await convert(model, { runtime });
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getBackend()).toBe("cpu");
    await convert(await filesOf(model), { runtime });
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** The same model with weights of one byte each. */
async function quantise({ modelJson, shards }: ModelFiles): Promise<ModelFiles> {
  const json = JSON.parse(modelJson as string);
  const parts = Object.values(shards);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  const floats = new Float32Array(whole.buffer);
  let from = 0;
  const bytes: number[] = [];
  const weightSpecs = json.weightsManifest[0].weights.map((weight: { shape: number[] }) => {
    const size = weight.shape.reduce((product, dim) => product * dim, 1);
    const values = floats.subarray(from, from + size);
    from += size;
    const [min, max] = [Math.min(...values), Math.max(...values)];
    const scale = (max - min) / 255 || 1;
    bytes.push(...Array.from(values, (value) => Math.round((value - min) / scale)));
    return { ...weight, quantization: { min, scale, dtype: "uint8", original_dtype: "float32" } };
  });
  return asFiles(
    { ...json, weightsManifest: undefined, weightSpecs, weightData: Uint8Array.from(bytes).buffer },
    1,
  );
}

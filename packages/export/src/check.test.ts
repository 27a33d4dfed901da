/** The structural check refuses what a runtime would refuse. */

import { create, toBinary } from "@bufbuild/protobuf";
import { TraceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { parseModel } from "./check.js";
import { PRODUCER } from "./encode.js";
import { checkOnnx, traceToOnnx } from "./index.js";
import { type GraphProto, ModelProtoSchema, TensorProtoSchema } from "./onnx_pb.js";

beforeAll(() => tf.setBackend("cpu"));

/** A good graph of two nodes and one constant, after `spoil`. */
function spoiled(spoil: (graph: GraphProto) => void): Uint8Array {
  const { onnx } = traceToOnnx(({ x }) => ({ y: tf.exp(tf.mul(x!, tf.tensor1d([1, 2]))) }), {
    x: { dims: [2], type: "float32" },
  });
  const model = parseModel(onnx);
  spoil(model.graph!);
  return toBinary(ModelProtoSchema, model);
}

const rename = (names: string[], name: string) => names.splice(0, 1, name);

describe("checkOnnx", () => {
  it("takes a good graph", () => {
    expect(() => checkOnnx(spoiled(() => {}))).not.toThrow();
  });

  it.each<[string, (graph: GraphProto) => void, string]>([
    [
      "an input nobody defines",
      (g) => rename(g.node[1]!.input, "ghost"),
      "reads ghost, which is not defined",
    ],
    ["nodes out of order", (g) => g.node.reverse(), "which is not defined before it"],
    ["a name used twice", (g) => rename(g.node[1]!.output, "x"), "defines x, which is defined already"],
    [
      "an output nobody makes",
      (g) => Object.assign(g.output[0]!, { name: "ghost" }),
      "Output ghost is produced by no",
    ],
    ["a value without type", (g) => g.valueInfo.pop(), "has no type or shape"],
    [
      "an input without type",
      (g) => Object.assign(g.input[0]!, { type: undefined }),
      "Value x has no type or shape",
    ],
    ["an input without name", (g) => Object.assign(g.input[0]!, { name: "" }), "has no name"],
    [
      "a constant without data",
      (g) => g.initializer.push(create(TensorProtoSchema, { name: "empty", dims: [2n], dataType: 1 })),
      "Initializer empty of shape [2] holds no data",
    ],
  ])("refuses %s", (_, spoil, message) => {
    expect(() => checkOnnx(spoiled(spoil))).toThrow(TraceError);
    expect(() => checkOnnx(spoiled(spoil))).toThrow(message);
  });

  it("refuses a file without a graph and bytes that are none", () => {
    expect(() => checkOnnx(new Uint8Array())).toThrow("holds no graph");
    expect(() => checkOnnx(Uint8Array.of(255))).toThrow(/^The bytes are not an ONNX model/);
  });
});

it("the producer's version is the package's", () => {
  expect(PRODUCER.version).toBe(packageJson.version);
});

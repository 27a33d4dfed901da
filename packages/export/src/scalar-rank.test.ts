/** A scalar meets a tensor that ends in a dimension of 1 in that tensor's rank: ONNX Runtime is slow with any other. */

import { fromBinary } from "@bufbuild/protobuf";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { expectSame, floats } from "./compare.test.util.js";
import { ModelProtoSchema } from "./onnx_pb.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const scalarDims = (onnx: Uint8Array) =>
  fromBinary(ModelProtoSchema, onnx).graph!.initializer.map(({ dims }) => dims.map(Number));

it.each([
  { dims: [4, 5, 5, 1], wanted: [1, 1, 1, 1] },
  { dims: [7, 1], wanted: [1, 1] },
  { dims: [4, 5, 5, 3], wanted: [] },
  { dims: [7], wanted: [] },
])("of $dims the scalars are of $wanted", async ({ dims, wanted }) => {
  const { onnx } = await expectSame(
    (t) => ({ y: tf.sub(tf.div(t.x!, 127.5), 1), z: tf.sub(2, t.x!) }),
    { x: floats(dims, 1) },
    { tolerance: 1e-6 },
  );
  for (const found of scalarDims(onnx)) expect(found).toEqual(wanted);
  expect(scalarDims(onnx).length).toBeGreaterThan(0);
});

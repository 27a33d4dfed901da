/** GraphModels with loops, branches, lists and sizes that hang on values, compared with tfjs's own executor. */

import { ModelError, TraceError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { readOnnx } from "../read.js";
import { convert } from "./convert.js";
import { type Attr, dtype, GraphDef, type GraphNodeDef } from "./models.test.util.js";

beforeAll(() => tf.setBackend("cpu"));
const runtime = ort as never;

const FLOAT = { T: dtype("float32") };
const INT = { T: dtype("int32") };
const VARIANT = { type: "DT_VARIANT" };
const named = (name: string): Attr => ({ func: { name } });

interface Arg {
  name: string;
  type: "DT_FLOAT" | "DT_INT32" | "DT_BOOL" | "DT_VARIANT";
}
/** A function of a graph's library. */
const definition = (
  name: string,
  inputArg: Arg[],
  outputArg: Arg[],
  nodeDef: GraphNodeDef[],
  ret: Record<string, string>,
) => ({ signature: { name, inputArg, outputArg }, nodeDef, ret });

const node = (
  op: string,
  name: string,
  input: string[],
  attr: Record<string, Attr> = FLOAT,
): GraphNodeDef => ({
  name,
  op,
  input,
  attr,
});
const arg = (name: string, type: Arg["type"]): Arg => ({ name, type });

/** x doubled, and counted, until its count is 5 or its sum is 100 or more. */
function doubling(): GraphDef {
  const graph = new GraphDef();
  const x = graph.placeholder("x", [-1, 3]);
  const zero = graph.constant("zero", [], [0], "int32");
  const step = graph.constant("step", [3], [1, 2, 3]);
  graph.constant("turns/limit", [], [5], "int32");
  graph.constant("turns/most", [], [100]);
  graph.constant("turns/axes", [2], [0, 1], "int32");
  graph.constant("turn/one", [], [1], "int32");
  const state = [arg("i", "DT_INT32"), arg("x", "DT_FLOAT"), arg("step", "DT_FLOAT")];
  const after = [arg("i_out", "DT_INT32"), arg("x_out", "DT_FLOAT"), arg("step_out", "DT_FLOAT")];
  const constant = (name: string): GraphNodeDef => {
    const found = graph.nodes.find((other) => other.name === name)!;
    graph.nodes.splice(graph.nodes.indexOf(found), 1);
    return found;
  };
  graph.functions.push(
    definition(
      "turns",
      state,
      [arg("goes", "DT_BOOL")],
      [
        constant("turns/limit"),
        constant("turns/most"),
        constant("turns/axes"),
        node("Less", "few", ["i", "turns/limit:output:0"], INT),
        node("Sum", "sum", ["x", "turns/axes:output:0"], { ...FLOAT, keep_dims: { b: false } }),
        node("Less", "small", ["sum:output:0", "turns/most:output:0"]),
        node("LogicalAnd", "both", ["few:z:0", "small:z:0"], {}),
      ],
      { goes: "both:z:0" },
    ),
    definition(
      "turn",
      state,
      after,
      [
        constant("turn/one"),
        node("AddV2", "next", ["i", "turn/one:output:0"], INT),
        node("AddV2", "twice", ["x", "x"]),
        node("AddV2", "moved", ["twice:z:0", "step"]),
        node("Identity", "same", ["step"]),
      ],
      { i_out: "next:z:0", x_out: "moved:z:0", step_out: "same:output:0" },
    ),
  );
  graph.node("StatelessWhile", "loop", [zero, x, step], { cond: named("turns"), body: named("turn") });
  graph.node("Identity", "count", ["loop:0"], INT);
  graph.node("Identity", "y", ["loop:1"]);
  return graph;
}

describe("a loop", () => {
  it("is one Loop, whatever the number of turns", async () => {
    const { onnx, check, outputs } = await convert(doubling().files(), { runtime });
    expect(readOnnx(onnx).operators.Loop).toBe(1);
    expect(outputs).toEqual([
      { name: "count", dims: [], type: "int32" },
      { name: "y", dims: ["batch", 3], type: "float32" },
    ]);
    expect(check!.differences).toEqual({ count: 0, y: expect.any(Number) });
    const session = await ort.InferenceSession.create(onnx);
    const turns = async (rows: number[], batch: number) => {
      const { count, y } = await session.run({ x: new ort.Tensor("float32", rows, [batch, 3]) });
      return [Number(count!.data[0]), ...(y!.data as Float32Array)];
    };
    // 1, 1, 1 -> 3, 4, 5 -> 7, 10, 13 -> 15, 22, 29 -> 31, 46, 61, whose sum is 138
    expect(await turns([1, 1, 1], 1)).toEqual([4, 31, 46, 61]);
    // As many turns as the count allows: -8 -> -15 -> -29 -> -57 -> -113 -> -225, and so on
    expect(await turns([-8, 0, 0], 1)).toEqual([5, -225, 62, 93]);
    // No turn at all
    expect(await turns([50, 50, 0, 0, 0, 0], 2)).toEqual([0, 50, 50, 0, 0, 0, 0]);
  });
});

describe("a branch", () => {
  /** x + w where x's sum is above 0, else x * w. */
  function either(shrinks = false): GraphDef {
    const graph = new GraphDef();
    const x = graph.placeholder("x", [-1, 2]);
    const w = graph.placeholder("w", [2]);
    const axes = graph.constant("axes", [2], [0, 1], "int32");
    const zero = graph.constant("zero", [], [0]);
    graph.node("Sum", "sum", [x, axes], { ...FLOAT, keep_dims: { b: false } });
    graph.node("Greater", "positive", ["sum", zero], FLOAT);
    const given = [arg("a", "DT_FLOAT"), arg("b", "DT_FLOAT")];
    const out = [arg("out", "DT_FLOAT")];
    graph.functions.push(
      definition("add", given, out, [node("AddV2", "added", ["a", "b"])], { out: "added:z:0" }),
      definition("mul", given, out, [node("Mul", "product", shrinks ? ["b", "b"] : ["a", "b"])], {
        out: "product:z:0",
      }),
    );
    graph.node("StatelessIf", "choice", ["positive", x, w], {
      then_branch: named("add"),
      else_branch: named("mul"),
    });
    graph.node("Identity", "y", ["choice:0"]);
    return graph;
  }

  it("is one If, and runs the branch that the values choose", async () => {
    const { onnx } = await convert(either().files(), { runtime });
    expect(readOnnx(onnx).operators).toMatchObject({ If: 1, Add: 1, Mul: 1 });
    const session = await ort.InferenceSession.create(onnx);
    const run = async (x: number[]) => {
      const feeds = { x: new ort.Tensor("float32", x, [1, 2]), w: new ort.Tensor("float32", [10, 20], [2]) };
      return [...((await session.run(feeds)).y!.data as Float32Array)];
    };
    expect(await run([1, 2])).toEqual([11, 22]);
    expect(await run([-1, -2])).toEqual([-10, -40]);
  });

  it("refuses branches of different shapes", async () => {
    const failed = convert(either(true).files(), { check: false });
    await expect(failed).rejects.toBeInstanceOf(ModelError);
    await expect(convert(either(true).files(), { check: false })).rejects.toThrow(
      /output 0 of the else branch of choice/,
    );
  });
});

it("carries lists of tensors through a loop: a recurrent net as Keras exports it", async () => {
  const graph = new GraphDef();
  const x = graph.placeholder("x", [-1, 6, 2]);
  const perm = graph.constant("perm", [3], [1, 0, 2], "int32");
  graph.node("Transpose", "steps", [x, perm], { ...FLOAT, Tperm: dtype("int32") });
  const inShape = graph.constant("in_shape", [2], [-1, 2], "int32");
  const outShape = graph.constant("out_shape", [2], [-1, 2], "int32");
  const count = graph.constant("count", [], [6], "int32");
  const zero = graph.constant("zero", [], [0], "int32");
  const weight = graph.constant("weight", [2, 2], [0.5, -0.25, 0.75, 0.125]);
  graph.constant("limit", [], [6], "int32");
  graph.constant("one", [], [1], "int32");
  graph.constant("item_shape", [2], [-1, 2], "int32");
  const inner = ["limit", "one", "item_shape"].map((name) => {
    const found = graph.nodes.find((other) => other.name === name)!;
    graph.nodes.splice(graph.nodes.indexOf(found), 1);
    return found;
  });
  const element = { element_dtype: dtype("float32"), shape_type: dtype("int32") };
  graph.node("TensorListFromTensor", "inputs", ["steps", inShape], element);
  graph.node("TensorListReserve", "outputs", [outShape, count], element);
  graph.node("ZerosLike", "nothing", ["steps"], FLOAT);
  const first = graph.constant("first", [3], [0, 0, 0], "int32");
  const size = graph.constant("size", [3], [1, -1, 2], "int32");
  graph.node("Slice", "one_step", ["nothing", first, size], { ...FLOAT, Index: dtype("int32") });
  graph.node("Squeeze", "start", ["one_step"], { ...FLOAT, squeeze_dims: { list: { i: ["0"] } } });
  const state = [
    arg("t", "DT_INT32"),
    arg("h", "DT_FLOAT"),
    arg("ins", "DT_VARIANT"),
    arg("outs", "DT_VARIANT"),
    arg("w", "DT_FLOAT"),
  ];
  const after = state.map(({ name, type }) => arg(`${name}_next`, type));
  graph.functions.push(
    definition(
      "more",
      state,
      [arg("goes", "DT_BOOL")],
      [inner[0]!, node("Less", "less", ["t", "limit:output:0"], INT)],
      {
        goes: "less:z:0",
      },
    ),
    definition(
      "step",
      state,
      after,
      [
        inner[1]!,
        inner[2]!,
        node("TensorListGetItem", "item", ["ins", "t", "item_shape:output:0"], {
          element_dtype: dtype("float32"),
        }),
        node("AddV2", "sum", ["item:item:0", "h"]),
        node("MatMul", "product", ["sum:z:0", "w"], {
          ...FLOAT,
          transpose_a: { b: false },
          transpose_b: { b: false },
        }),
        node("Tanh", "state", ["product:product:0"]),
        node("TensorListSetItem", "written", ["outs", "t", "state:y:0"], { element_dtype: dtype("float32") }),
        node("AddV2", "next", ["t", "one:output:0"], INT),
        node("Identity", "ins_same", ["ins"], { T: VARIANT }),
        node("Identity", "w_same", ["w"]),
      ],
      {
        t_next: "next:z:0",
        h_next: "state:y:0",
        ins_next: "ins_same:output:0",
        outs_next: "written:output_handle:0",
        w_next: "w_same:output:0",
      },
    ),
  );
  graph.node("While", "loop", [zero, "start", "inputs", "outputs", weight], {
    cond: named("more"),
    body: named("step"),
  });
  graph.node("TensorListStack", "stacked", ["loop:3", outShape], { ...element, num_elements: { i: "6" } });
  graph.node("Transpose", "sequence", ["stacked", perm], { ...FLOAT, Tperm: dtype("int32") });
  graph.node("Identity", "last", ["loop:1"]);
  const { onnx, outputs, check } = await convert(graph.files(), { runtime, check: { tolerance: 1e-6 } });
  expect(outputs.map(({ dims }) => dims)).toEqual([
    ["batch", 6, 2],
    ["batch", 2],
  ]);
  expect(check!.batches).toEqual([1, 2, 3]);
  expect(readOnnx(onnx).operators).toMatchObject({ Loop: 1, Tanh: 1, ScatterND: 1 });
});

describe("sizes that hang on values", () => {
  function detection(): GraphDef {
    const graph = new GraphDef();
    const boxes = graph.placeholder("boxes", [12, 4]);
    const scores = graph.placeholder("scores", [12]);
    const most = graph.constant("most", [], [5], "int32");
    const overlap = graph.constant("overlap", [], [0.5]);
    const least = graph.constant("least", [], [0.2]);
    const axis = graph.constant("axis", [], [0], "int32");
    graph.node("NonMaxSuppressionV3", "kept", [boxes, scores, most, overlap, least], FLOAT);
    graph.node("GatherV2", "picked", [boxes, "kept", axis], {
      Tparams: dtype("float32"),
      Tindices: dtype("int32"),
      Taxis: dtype("int32"),
      batch_dims: { i: "0" },
    });
    return graph;
  }

  it("NonMaxSuppression: the boxes that stay, as many as there are", async () => {
    const { outputs, check } = await convert(detection().files(), { runtime, check: { count: 5 } });
    expect(outputs).toEqual([{ name: "picked", dims: ["found_0", 4], type: "float32" }]);
    expect(check!.differences.picked).toBe(0);
  });

  it("Where: the indices of what is true", async () => {
    const graph = new GraphDef();
    const x = graph.placeholder("x", [3, 4]);
    const zero = graph.constant("zero", [], [0]);
    graph.node("Greater", "positive", [x, zero], FLOAT);
    graph.node("Where", "where", ["positive"], {});
    const { outputs } = await convert(graph.files(), { runtime });
    expect(outputs[0]!.dims).toEqual(["found_0", 2]);
  });

  it("names the size that it would have to know", async () => {
    const graph = detection();
    const two = graph.constant("two", [2], [2, 1], "int32");
    graph.node("ZerosLike", "none", ["picked"], FLOAT);
    graph.node("Tile", "tiled", ["none", two], { ...FLOAT, Tmultiples: dtype("int32") });
    const failed = () => convert(graph.files(), { check: false });
    await expect(failed()).rejects.toBeInstanceOf(TraceError);
    await expect(failed()).rejects.toThrow(
      /a size known before the graph runs for .* but received (found|unknown)/,
    );
  });
});

it("leaves the model as it was: tfjs runs it as before, and no tensor is left", async () => {
  const model = await tf.loadGraphModel({ load: async () => doubling().artifacts() });
  const x = tf.tensor2d([1, 1, 1], [1, 3]);
  const before = tf.memory().numTensors;
  await convert(model, { runtime });
  expect(tf.memory().numTensors).toBe(before);
  const [, y] = (await model.executeAsync({ x }, ["count", "y"])) as tf.Tensor[];
  expect([...y!.dataSync()]).toEqual([31, 46, 61]);
});

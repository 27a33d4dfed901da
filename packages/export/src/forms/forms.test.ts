/** Every form of every kind, each forced by name, against tfjs: at several geometries, with bias and activation behind it. */

import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { blockProbe } from "../block-probe.js";
import { expectSame, floats } from "../compare.test.util.js";
import { readOnnx, type TraceOptions } from "../index.js";
import { FORM_KINDS, type FormKind, type FormSite } from "./form.js";
import { FORMS } from "./index.js";

type Dims = [number, number, number, number];
interface Geometry {
  x: Dims;
  filter: Dims;
  stride: number | [number, number];
  pad: "same" | "valid" | number;
}

/** Layers of the nets, and shapes that break what only suits those. */
const GEOMETRIES: Geometry[] = [
  { x: [3, 14, 14, 16], filter: [4, 4, 16, 32], stride: 2, pad: "same" },
  { x: [2, 7, 7, 32], filter: [4, 4, 32, 16], stride: 2, pad: "same" },
  { x: [2, 7, 7, 16], filter: [3, 3, 16, 16], stride: 2, pad: "same" },
  { x: [2, 9, 12, 16], filter: [3, 3, 16, 32], stride: 1, pad: "same" },
  { x: [2, 12, 12, 1], filter: [4, 4, 1, 16], stride: 2, pad: "same" },
  { x: [2, 12, 12, 3], filter: [4, 4, 3, 16], stride: 2, pad: "same" },
  { x: [3, 9, 8, 1], filter: [3, 3, 1, 16], stride: 1, pad: "same" },
  { x: [2, 8, 9, 16], filter: [3, 2, 16, 32], stride: [3, 2], pad: "valid" },
  { x: [1, 6, 6, 16], filter: [5, 5, 16, 16], stride: 3, pad: 2 },
  { x: [2, 5, 5, 16], filter: [1, 1, 16, 16], stride: 1, pad: "valid" },
  { x: [2, 8, 8, 3], filter: [4, 4, 3, 5], stride: 2, pad: "same" },
  { x: [33, 7, 5, 6], filter: [4, 3, 6, 5], stride: [2, 1], pad: "same" },
];

let block = 0;
beforeAll(async () => {
  await tf.setBackend("cpu");
  const { onnx, input, dims, read } = blockProbe();
  const session = await ort.InferenceSession.create(onnx, { logSeverityLevel: 4 });
  const results = await session.run({ [input.name]: new ort.Tensor("float32", input.data, dims) });
  block = read(results[session.outputNames[0]!]!.data as Float32Array);
  await session.release();
});

/** The sites a trace with this form forced came by, and the options to trace with. */
function forcing(kind: FormKind, name: string): { sites: FormSite[]; options: TraceOptions } {
  const sites: FormSite[] = [];
  const choose = (site: FormSite) => {
    if (site.kind === kind) sites.push(site);
    return site.kind === kind ? name : undefined;
  };
  return { sites, options: { training: true, opset: 18, runtime: { block }, choose } };
}

const conv = (x: tf.Tensor, filter: tf.Tensor, { stride, pad }: Geometry) =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);

const PRODUCTS: Record<
  FormKind,
  (g: Geometry) => (t: Record<string, tf.Tensor>) => Record<string, tf.Tensor>
> = {
  convolution:
    (g) =>
    ({ x, filter }) => ({ y: conv(x!, filter!, g) }),
  inputGradient:
    (g) =>
    ({ x, filter, dy }) => ({ dx: tf.grad((v) => conv(v, filter!, g))(x!, dy!) }),
  filterGradient:
    (g) =>
    ({ x, filter, dy }) => ({ dw: tf.grad((v) => conv(x!, v, g))(filter!, dy!) }),
};

function feedsOf(g: Geometry) {
  const y = tf.backend_util.computeConv2DInfo(g.x, g.filter, g.stride, 1, g.pad).outShape;
  return { x: floats(g.x, 1), filter: floats(g.filter, 2), dy: floats(y, 3) };
}

const IN_BLOCKS = ["blocked", "parity", "columns"];
const NO_BLOCKS = "ONNX Runtime has no blocked layout on this processor";

const all = FORM_KINDS.flatMap((kind) => FORMS[kind].map(({ name }) => [kind, name] as const));

describe.each(all)("%s as %s", (kind, name) => {
  it("is the value of tfjs at every geometry it applies to", async (context) => {
    if (IN_BLOCKS.includes(name) && block === 0) context.skip(NO_BLOCKS);
    let applied = 0;
    for (const geometry of GEOMETRIES) {
      const { sites, options } = forcing(kind, name);
      const feeds = feedsOf(geometry);
      if (kind === "convolution") Reflect.deleteProperty(feeds, "dy");
      await expectSame(PRODUCTS[kind](geometry), feeds, { ...options, tolerance: 2e-5 });
      // Where one form applies, nobody is asked: it is the last of its kind, which applies everywhere.
      const isOnlyOne = sites.length === 0 && FORMS[kind].at(-1)!.name === name;
      if (isOnlyOne || sites.some(({ candidates }) => candidates.includes(name))) applied++;
    }
    expect(applied).toBeGreaterThanOrEqual(1);
  });
});

describe.each([
  ["convolution", "blocked"],
  ["inputGradient", "parity"],
] as const)("%s as %s with an epilogue", (kind, name) => {
  it("takes bias and activation into its own nodes", async (context) => {
    if (block === 0) context.skip(NO_BLOCKS);
    const geometry = GEOMETRIES[0]!;
    const channels = kind === "convolution" ? geometry.filter[3] : geometry.filter[2];
    for (const activate of [tf.relu, (t: tf.Tensor) => tf.leakyRelu(t, 0.2)]) {
      const { options } = forcing(kind, name);
      const { onnx } = await expectSame(
        ({ x, filter, dy, bias }) => {
          const y =
            kind === "convolution"
              ? conv(x!, filter!, geometry)
              : tf.conv2dTranspose(dy as tf.Tensor4D, filter as tf.Tensor4D, geometry.x, 2, "same");
          return { y: activate(tf.add(y, bias!)) };
        },
        { ...feedsOf(geometry), bias: floats([channels], 4) },
        { ...options, tolerance: 2e-5 },
      );
      const { operators } = readOnnx(onnx);
      for (const op of ["Add", "Relu", "LeakyRelu"]) expect(operators).not.toHaveProperty(op);
    }
  });
});

it("without a choice, and in a graph that is not for training, no form beyond the standard operators appears", async () => {
  const geometry = GEOMETRIES[0]!;
  const { onnx } = await expectSame(PRODUCTS.inputGradient(geometry), feedsOf(geometry), {
    runtime: { block: 8 },
    tolerance: 2e-5,
  });
  expect(Object.keys(readOnnx(onnx).operators).sort()).toEqual(["ConvTranspose", "Transpose"]);
});

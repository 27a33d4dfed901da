/** One product in one form as a graph of its own: what a tuner times. */

import * as tf from "@tensorflow/tfjs";
import { encodeGraph } from "../encode.js";

import { Graph, liveNodes, type Value } from "../graph.js";
import { leakyRelu } from "../kernels/activation.js";
import { add as addBias } from "../kernels/binary.js";
import { Ops, type OpsOptions } from "../ops.js";
import type { Form, FormSite, Info } from "./form.js";
import { FORMS, formOf } from "./index.js";

export interface FormGraph {
  readonly onnx: Uint8Array;
  /** Shapes of its float32 inputs, by name. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

/** The geometry of a site in tfjs's terms. */
function infoOf({ x, filter, strides, pads }: FormSite): Info {
  const [top, left, bottom, right] = pads;
  return tf.backend_util.computeConv2DInfo(
    [...x] as [number, number, number, number],
    [...filter] as [number, number, number, number],
    [...strides],
    1,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
  );
}

/** leakyRelu(form(x, filter) + bias), in the form's own nodes where it takes them in. */
function activated(ops: Ops, form: Form, x: Value, filter: Value, info: Info, bias: Value): Value {
  const alpha = 0.2;
  if (form.fuses) return form.lower(ops, x, filter, info, { bias, activation: { op: "LeakyRelu", alpha } });
  return leakyRelu(ops, addBias(ops, form.lower(ops, x, filter, info, {}), bias), alpha);
}

/**
 * The product of a site in the form of that name. A convolution comes as a training step has it: with bias and
 * leakyRelu, which some forms take in, and beside its filter's gradient, which may share its windows.
 */
export function formGraph(
  site: FormSite,
  name: string,
  options: Pick<OpsOptions, "opset" | "runtime">,
): FormGraph {
  const graph = new Graph();
  const ops = new Ops(graph, { ...options, training: true });
  const info = infoOf(site);
  const inputs: Record<string, Value> = {};
  const input = (key: string, dims: readonly number[]): Value => {
    inputs[key] ??= graph.input(key, "float32", dims);
    return inputs[key];
  };
  const x = () => input("x", info.inShape);
  const filter = () => input("filter", info.filterShape);
  const dy = () => input("dy", info.outShape);
  const form = formOf(site.kind, name);
  const outputs: { name: string; value: Value }[] = [];
  const add = (key: string, value: Value) => outputs.push({ name: key, value });
  if (site.kind === "convolution") {
    add("y", activated(ops, form, x(), filter(), info, input("bias", [info.outChannels])));
    const gradient = FORMS.filterGradient.find((other) => other.applies(ops, info))!;
    add("dfilter", gradient.lower(ops, x(), dy(), info, {}));
  } else if (site.kind === "inputGradient") add("dx", form.lower(ops, dy(), filter(), info, {}));
  else add("dfilter", form.lower(ops, x(), dy(), info, {}));
  const onnx = encodeGraph(
    {
      nodes: liveNodes(
        graph,
        outputs.map(({ value }) => value),
      ),
      inputs: Object.entries(inputs).map(([key, value]) => ({ name: key, value })),
      outputs,
      dimsOf: (value) => value.dims,
    },
    { opset: options.opset, irVersion: 8, name: `${site.kind}-${name}`, metadata: {} },
  );
  return {
    onnx,
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, value.dims])),
  };
}

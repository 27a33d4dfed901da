/** A TensorFlow.js model of any kind as an ONNX file, compared with the model before it is handed over. */

import { ArgumentError, expected, ModelError, OpsetError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { PRODUCER } from "../encode.js";
import {
  type InputSpec,
  type PortSpec,
  type TensorFunction,
  type TracedGraph,
  traceToOnnx,
} from "../trace.js";
import {
  type CheckOptions,
  type CheckReport,
  differenceError,
  type Feed,
  largestDifference,
  type OnnxRuntime,
  openGraph,
  ownReference,
  randomFeeds,
  reference,
} from "./check-conversion.js";
import type { Convertible, ModelInput } from "./convertible.js";
import { fetchBytes, fromUrl, isUrl } from "./fetch-model.js";
import { graphModel, loadGraph } from "./graph-model.js";
import { layersModel, loadLayers } from "./layers-model.js";
import {
  fromMemory,
  type ModelFiles,
  type ModelLimits,
  parseModelJson,
  readArtifacts,
} from "./model-files.js";

/** A function of tensors with the inputs it takes: what `traceToOnnx` takes too. */
export interface FunctionModel {
  readonly fn: TensorFunction;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly name?: string;
}

/**
 * A model: an http(s) address of a model.json, its files in memory, a tf.LayersModel (`tf.sequential` too), a
 * tf.GraphModel, or a function.
 */
export type ModelSource = string | ModelFiles | tf.LayersModel | tf.GraphModel | FunctionModel;

export interface ConvertOptions {
  /** Operator set, 13 to 21. Default: the lowest from 13 on that has the operators needed. */
  readonly opset?: number;
  /** How images lie in inputs and outputs of rank 4: as in the model, or with channels first. Default "nhwc". */
  readonly layout?: "nhwc" | "nchw";
  /** Rows of each input: any number, or fixed. Default "dynamic", where the model leaves them open. */
  readonly batch?: "dynamic" | number;
  /** Shapes of inputs by name, where the model leaves dimensions other than the batch open. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Written to metadata_props beside the source's format and the tool's version, e.g. a licence. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Max, Min, ArgMax, ArgMin and Sign treat NaN as tfjs does, at the price of more nodes. Default false. */
  readonly exactNaN?: boolean;
  /** onnxruntime-node or onnxruntime-web, which the check runs the graph with. */
  readonly runtime?: OnnxRuntime;
  /** How to compare the graph with the model; false: hand it over unchecked. Default: 3 random inputs, seed 1, 1e-4. */
  readonly check?: CheckOptions | false;
  readonly limits?: ModelLimits;
  readonly signal?: AbortSignal;
}

export interface ConvertedModel extends TracedGraph {
  readonly opset: number;
  /** "layers-model", "graph-model" or "function". */
  readonly format: string;
  readonly check: CheckReport | undefined;
}

/**
 * Converts a TensorFlow.js model to ONNX. Runs in Node and in browsers; needs no Python.
 *
 * @throws ModelError for a model that cannot be read or lacks a shape; KernelError and OpsetError for an operation
 *   without ONNX form; DifferenceError where the graph computes something else, naming the first tensor that differs;
 *   DownloadError for an address that does not answer; ArgumentError for options out of range
 */
export async function convert(source: ModelSource, options: ConvertOptions = {}): Promise<ConvertedModel> {
  const { check = {}, runtime, signal } = options;
  if (check !== false && !runtime)
    throw new ArgumentError(
      expected(
        "onnxruntime-node or onnxruntime-web",
        "runtime",
        "nothing",
        "Pass the module, which compares the graph with the model, or check: false",
      ),
    );
  signal?.throwIfAborted();
  const model = await opened(source, options);
  try {
    const shapes = shapesOf(model, options);
    const wrapped = inLayout(model, options.layout ?? "nhwc");
    const make = (run: Convertible["run"]) => traced(model, run, shapes, options);
    const { graph, opset } = make(wrapped);
    signal?.throwIfAborted();
    const plan = { model, run: wrapped, shapes, options, make };
    const report = check === false ? undefined : await compared(plan, graph.onnx, runtime!, check);
    return { ...graph, opset, format: model.format, check: report };
  } finally {
    model.dispose();
  }
}

async function opened(source: ModelSource, { limits, signal }: ConvertOptions): Promise<Convertible> {
  if (source instanceof tf.GraphModel) return graphModel(source, false);
  if (source instanceof tf.LayersModel) return layersModel(source, false);
  if (typeof source === "object" && "fn" in source) return functionModel(source);
  let files: ModelFiles["modelJson"];
  let read: (path: string) => Promise<Uint8Array>;
  if (typeof source === "string") {
    if (!isUrl(source))
      throw new ArgumentError(
        expected(
          "an http(s) address, files in memory, or a model",
          "model",
          source,
          "Read files first: { modelJson, shards }",
        ),
      );
    files = await fetchBytes(source, signal);
    read = fromUrl(source, signal);
  } else {
    files = source.modelJson;
    read = (path) => fromMemory(json, source.shards)(path);
  }
  const json = parseModelJson(files, limits);
  if (typeof source !== "string") fromMemory(json, source.shards);
  const artifacts = await readArtifacts(json, read, limits);
  await tf.ready();
  return json.format === "graph-model"
    ? graphModel(await loadGraph(artifacts), true)
    : layersModel(await loadLayers(artifacts), true);
}

function functionModel({ fn, inputs, name = "function" }: FunctionModel): Convertible {
  return {
    format: "function",
    name,
    inputs: Object.entries(inputs).map(([input, { dims, type }]) => ({
      name: input,
      dims: dims.map((dim) => (dim === "batch" ? null : dim)),
      dtype: type === "float32" || type === "bool" ? type : "int32",
    })),
    run: (feeds, collect) => {
      const outputs = fn(feeds);
      for (const [output, tensor] of Object.entries(outputs)) collect?.(output, tensor);
      return outputs;
    },
    dispose: () => {},
  };
}

type Shapes = Readonly<Record<string, InputSpec["dims"]>>;

/** The shape of each input in the model's own layout; "batch" where rows are free. */
function shapesOf(model: Convertible, { shapes = {}, batch = "dynamic" }: ConvertOptions): Shapes {
  if (batch !== "dynamic" && !(Number.isInteger(batch) && batch >= 1))
    throw new ArgumentError(
      expected('"dynamic" or an integer of at least 1', "batch", batch, 'The default is "dynamic"'),
    );
  for (const name of Object.keys(shapes))
    if (!model.inputs.some((input) => input.name === name))
      throw new ArgumentError(
        expected(
          `one of ${model.inputs.map((input) => input.name).join(", ")}`,
          "a key of shapes",
          name,
          "Name an input of the model",
        ),
      );
  return Object.fromEntries(
    model.inputs.map(({ name, dims }) => {
      const given = shapes[name];
      if (
        given &&
        (given.length !== dims.length || given.some((dim, i) => dims[i] !== null && dim !== dims[i]))
      )
        throw new ModelError(
          expected(
            `[${dims.map((dim) => dim ?? "any").join(", ")}]`,
            `the shape of input ${name}`,
            `[${given}]`,
            "Fix only what the model leaves open",
          ),
        );
      return [
        name,
        dims.map((dim, axis) => {
          if (dim !== null) return dim;
          if (axis === 0) return batch === "dynamic" ? "batch" : batch;
          if (given) return given[axis]!;
          throw new ModelError(
            expected(
              "a size",
              `dimension ${axis} of input ${name}`,
              "one that the model leaves open",
              `Fix it: shapes { ${name}: [...] }, on the command line --shape ${name}=1x...`,
            ),
          );
        }),
      ];
    }),
  );
}

const FIRST = [0, 3, 1, 2];
const LAST = [0, 2, 3, 1];

/** The model with inputs and outputs of rank 4 in the layout asked for. */
function inLayout(model: Convertible, layout: "nhwc" | "nchw"): Convertible["run"] {
  if (layout === "nhwc") return (feeds, collect) => model.run(feeds, collect);
  const moved = (tensor: tf.Tensor, perm: number[]) =>
    tensor.rank === 4 ? tf.transpose(tensor, perm) : tensor;
  const all = (tensors: Readonly<Record<string, tf.Tensor>>, perm: number[]) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, moved(tensor, perm)]));
  return (feeds, collect) => all(model.run(all(feeds, LAST), collect), FIRST);
}

/** tfjs's own run of the model on numbers, in the layout asked for; undefined where `run` is that. */
function ownRun(model: Convertible, layout: "nhwc" | "nchw" = "nhwc"): Convertible["runAsync"] {
  if (!model.runAsync) return undefined;
  const moved = (tensor: tf.Tensor, perm: number[]) =>
    layout === "nchw" && tensor.rank === 4 ? tf.transpose(tensor, perm) : tf.clone(tensor);
  const all = (tensors: Readonly<Record<string, tf.Tensor>>, perm: number[]) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, moved(tensor, perm)]));
  return async (feeds) => {
    const given = all(feeds, LAST);
    const results = await model.runAsync!(given);
    const handed = all(results, FIRST);
    tf.dispose([given, results]);
    return handed;
  };
}

const inFirst = <T>(dims: readonly T[], layout: string | undefined): readonly T[] =>
  layout === "nchw" && dims.length === 4 ? FIRST.map((axis) => dims[axis]!) : dims;

function traced(
  model: Convertible,
  run: Convertible["run"],
  shapes: Shapes,
  options: ConvertOptions,
): { graph: TracedGraph; opset: number } {
  const specs = Object.fromEntries(
    model.inputs.map(({ name, dtype }): [string, InputSpec] => [
      name,
      { dims: inFirst(shapes[name]!, options.layout), type: dtype },
    ]),
  );
  const { exactNaN } = options;
  const metadata = {
    source: model.format,
    tool: `${PRODUCER.name} ${PRODUCER.version}`,
    ...options.metadata,
  };
  const at = (opset: number): { graph: TracedGraph; opset: number } => {
    try {
      const graph = traceToOnnx((feeds) => run(feeds), specs, {
        opset,
        name: model.name,
        metadata,
        exactNaN,
      });
      return { graph, opset };
    } catch (error) {
      if (!(error instanceof OpsetError) || options.opset !== undefined || error.needed <= opset) throw error;
      return at(error.needed);
    }
  };
  return at(options.opset ?? 13);
}

interface Plan {
  readonly model: Convertible;
  readonly run: Convertible["run"];
  readonly shapes: Shapes;
  readonly options: ConvertOptions;
  readonly make: (run: Convertible["run"]) => { graph: TracedGraph };
}

async function compared(
  plan: Plan,
  onnx: Uint8Array,
  runtime: OnnxRuntime,
  options: CheckOptions,
): Promise<CheckReport> {
  const { count = 3, seed = 1, tolerance = 1e-4 } = options;
  if (!(Number.isInteger(count) && count >= 1))
    throw new ArgumentError(expected("an integer of at least 1", "check.count", count, "The default is 3"));
  const { model, run } = plan;
  const batches: number[] = [];
  const differences: Record<string, number> = {};
  const graph = await openGraph(runtime, onnx);
  try {
    for (let i = 0; i < count; i++) {
      plan.options.signal?.throwIfAborted();
      const feeds = feedsFor(plan, seed, i);
      batches.push(Object.values(feeds)[0]?.dims[0] ?? 1);
      const own = ownRun(model, plan.options.layout);
      const wanted = await (own ? ownReference(own, feeds) : reference(model, run, feeds));
      const got = await graph.run(feeds);
      for (const [name, want] of wanted) {
        const difference = largestDifference(got.get(name), want);
        if (!(difference <= tolerance)) {
          const culprit = await firstDifference(plan, runtime, feeds, tolerance);
          throw differenceError(
            culprit?.name ?? `output ${name}`,
            culprit?.difference ?? difference,
            tolerance,
            seed,
            i,
          );
        }
        differences[name] = Math.max(differences[name] ?? 0, difference);
      }
    }
  } finally {
    await graph.close();
  }
  return { count, seed, tolerance, batches, differences };
}

/** The i-th random input; batches of 1, 2, 3, 1, 2, ... rows where rows are free. */
function feedsFor({ model, shapes, options }: Plan, seed: number, i: number): Record<string, Feed> {
  const sized = Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => [
      name,
      inFirst(dims, options.layout).map((dim) => (dim === "batch" ? (i % 3) + 1 : dim)),
    ]),
  );
  return randomFeeds(model.inputs, sized, seed, i);
}

/** Converts once more with every layer's tensors as outputs, and compares them in the order they are made. */
async function firstDifference(
  { model, run, make }: Plan,
  runtime: OnnxRuntime,
  feeds: Readonly<Record<string, Feed>>,
  tolerance: number,
): Promise<{ name: string; difference: number } | undefined> {
  const inputs = new Set(Object.keys(feeds));
  const everything: Convertible["run"] = (given) => {
    const all: Record<string, tf.Tensor> = {};
    const outputs = run(given, (name, tensor) => {
      // Kept beyond the model's own tidying; the end of the trace frees it.
      if (!inputs.has(name) && !(name in all)) all[name] = tf.keep(tf.clone(tensor));
    });
    return { ...all, ...outputs };
  };
  const { graph } = make(everything);
  const session = await openGraph(runtime, graph.onnx);
  try {
    const got = await session.run(feeds);
    for (const [name, want] of await reference(model, run, feeds, true)) {
      if (!got.has(name)) continue;
      const difference = largestDifference(got.get(name), want);
      if (!(difference <= tolerance)) return { name: `tensor ${name}`, difference };
    }
  } finally {
    await session.close();
  }
  return undefined;
}

export type { ModelInput, PortSpec };

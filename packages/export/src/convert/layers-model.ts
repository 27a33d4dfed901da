/** A tfjs LayersModel as a function: its layers give the scopes of names. */

import { expected, ModelError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { setScope } from "../session.js";
import type { Collect, Convertible, ModelInput } from "./convertible.js";
import { withRecurrentOperators } from "./recurrent-layers.js";

type Layer = tf.layers.Layer;

/** Every layer, those of nested models and wrappers too, with the path of names that leads to it. */
function* layersOf(model: tf.LayersModel, path = ""): Generator<{ layer: Layer; path: string }> {
  for (const layer of model.layers) {
    const at = path ? `${path}/${layer.name}` : layer.name;
    yield { layer, path: at };
    if (Array.isArray((layer as unknown as tf.LayersModel).layers))
      yield* layersOf(layer as unknown as tf.LayersModel, at);
  }
}

const stateful = (layer: Layer): boolean => (layer as unknown as { stateful?: boolean }).stateful === true;

export function layersModel(model: tf.LayersModel, owned: boolean): Convertible {
  // A tf.Sequential has names for its ends only when built.
  if (model instanceof tf.Sequential) model.build();
  const layers = [...layersOf(model)];
  for (const { layer, path } of layers)
    if (
      layer.getClassName() !== "Functional" &&
      stateful(layer) &&
      !Array.isArray((layer as unknown as tf.LayersModel).layers)
    )
      throw new ModelError(
        expected(
          "stateful: false",
          `layer ${path} (${layer.getClassName()})`,
          "stateful: true",
          "ONNX graphs keep nothing between runs: make the state an input and an output of the model, or set stateful to false",
        ),
      );
  const embedded = layers
    .filter(({ layer }) => layer.getClassName() === "Embedding")
    .map(({ layer }) => (layer as unknown as { inputDim: number }).inputDim);
  const inputs = model.inputs.map(
    (input, i): ModelInput => ({
      name: onnxName(model.inputNames[i] ?? input.name),
      dims: input.shape,
      dtype: typeOf(input.dtype, input.name),
      below: embedded.length > 0 && input.shape.length <= 2 ? Math.min(...embedded) : undefined,
    }),
  );
  const outputs = model.outputNames.map((name, i) => outputName(name, i, model, inputs));
  return {
    format: "layers-model",
    name: model.name,
    inputs,
    run(feeds, collect) {
      const list = inputs.map(({ name }) => feeds[name]!);
      const all = layers.map(({ layer }) => layer);
      const results = withRecurrentOperators(all, () =>
        inScopes(layers, collect, () =>
          model.apply(list.length === 1 ? list[0]! : list, { training: false }),
        ),
      ) as tf.Tensor | tf.Tensor[];
      const tensors = Array.isArray(results) ? results : [results];
      return Object.fromEntries(tensors.map((tensor, i) => [outputs[i]!, tensor]));
    },
    dispose() {
      if (owned) model.dispose();
    },
  };
}

const onnxName = (name: string): string => name.replace(/:0$/, "");

/** The layer's name; where two outputs or an input have it already, with a number. */
function outputName(name: string, i: number, model: tf.LayersModel, inputs: readonly ModelInput[]): string {
  const plain = onnxName(name);
  const before = model.outputNames.slice(0, i).map(onnxName);
  const taken = inputs.some((input) => input.name === plain) || before.includes(plain);
  return taken ? `${plain}_output_${i}` : plain;
}

export function typeOf(dtype: string | undefined, name: string): ModelInput["dtype"] {
  if (dtype === undefined || dtype === "float32") return "float32";
  if (dtype === "int32" || dtype === "bool") return dtype;
  throw new ModelError(
    expected(
      "float32, int32 or bool",
      `the type of input ${name}`,
      dtype,
      "Strings and complex numbers have no place in the graph: do that step outside of the model",
    ),
  );
}

/** Runs `work` with every layer's call named, and hands on what each layer gives. */
function inScopes<T>(
  layers: readonly { layer: Layer; path: string }[],
  collect: Collect | undefined,
  work: () => T,
): T {
  const stack: string[] = [];
  const undo: (() => void)[] = [];
  for (const { layer, path } of layers) {
    const own = Object.hasOwn(layer, "call");
    const plain = layer.call;
    layer.call = function (this: Layer, ...args: Parameters<Layer["call"]>) {
      stack.push(path);
      setScope(path);
      try {
        const result = plain.apply(this, args);
        if (collect && !Array.isArray((layer as unknown as tf.LayersModel).layers))
          for (const [i, tensor] of (Array.isArray(result) ? result : [result]).entries())
            collect(i === 0 ? path : `${path}:${i}`, tensor);
        return result;
      } finally {
        stack.pop();
        setScope(stack.at(-1) ?? "");
      }
    };
    undo.push(() => {
      if (own) layer.call = plain;
      else delete (layer as Partial<Layer>).call;
    });
  }
  try {
    return work();
  } finally {
    for (const step of undo) step();
  }
}

/** @throws ModelError for a layer that is not known, or a topology that does not fit its weights */
export async function loadLayers(artifacts: tf.io.ModelArtifacts): Promise<tf.LayersModel> {
  try {
    return await tf.loadLayersModel({ load: async () => artifacts });
  } catch (cause) {
    throw explained(cause as Error);
  }
}

function explained(cause: Error): ModelError {
  const unknown = /Unknown (\w+): (\S+?)\.? /.exec(`${cause.message} `);
  if (unknown)
    return new ModelError(
      expected(
        `a ${unknown[1]} that is registered`,
        "class_name in model.json",
        unknown[2],
        `Register it before: class ${unknown[2]} extends tf.layers.Layer with static className = "${unknown[2]}", then tf.serialization.registerClass(${unknown[2]}); on the command line in a module given with --register`,
      ),
      { cause },
    );
  const [line] = cause.message.split("\n");
  return new ModelError(
    expected("a Keras model that tfjs builds", "model.json", line, "Save or convert the model again"),
    { cause },
  );
}

/** A tfjs GraphModel as a function: its nodes give the scopes of names. */

import { expected, ModelError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { setScope } from "../session.js";
import type { Collect, Convertible, ModelInput } from "./convertible.js";
import {
  type Node,
  type Executor as Operations,
  waitsForValues,
  withTraceableOperations,
} from "./graph-operations.js";
import { typeOf } from "./layers-model.js";

interface Compilation {
  orderedNodes: Iterable<Node>;
}
interface Executor extends Operations {
  compile(inputs: unknown, outputs: unknown): Compilation;
  readonly compiledMap: Map<string, Compilation>;
}

const executorOf = (model: tf.GraphModel): Executor => (model as unknown as { executor: Executor }).executor;

export function graphModel(model: tf.GraphModel, owned: boolean): Convertible {
  const executor = executorOf(model);
  const inputs = model.inputs.map((input): ModelInput => {
    if (!input.shape)
      throw new ModelError(
        expected(
          "a shape",
          `input ${input.name}`,
          "none",
          "State it in the model, or pass it with the option shapes",
        ),
      );
    return {
      name: input.name.replace(/:0$/, ""),
      dims: input.shape.map((dim) => (dim === null || dim < 0 ? null : dim)),
      dtype: typeOf(input.dtype as string, input.name),
    };
  });
  const nodes = model.outputs.map(({ name }) => name);
  const outputs = nodes.map((name) => {
    const plain = name.replace(/:0$/, "");
    return inputs.some((input) => input.name === plain) ? `${plain}_output` : plain;
  });
  return {
    format: "graph-model",
    name: "graph_model",
    inputs,
    run(feeds, collect) {
      const named = Object.fromEntries(model.inputs.map((input, i) => [input.name, feeds[inputs[i]!.name]!]));
      const results = withTraceableOperations(executor, () =>
        withScopes(executor, () => collecting(model, collect, () => model.execute(named, nodes))),
      );
      const tensors = Array.isArray(results) ? results : [results];
      setScope("");
      return Object.fromEntries(tensors.map((tensor, i) => [outputs[i]!, tensor]));
    },
    ...(waitsForValues(executor) && {
      async runAsync(feeds) {
        const named = Object.fromEntries(
          model.inputs.map((input, i) => [input.name, feeds[inputs[i]!.name]!]),
        );
        const results = await model.executeAsync(named, nodes);
        const tensors = Array.isArray(results) ? results : [results];
        return Object.fromEntries(tensors.map((tensor, i) => [outputs[i]!, tensor]));
      },
    }),
    dispose() {
      if (owned) model.dispose();
    },
  };
}

/** Names each node as the executor comes to it. */
function withScopes<T>(executor: Executor, work: () => T): T {
  const plain = executor.compile;
  executor.compiledMap.clear();
  executor.compile = (given, wanted) => {
    const compilation = plain.call(executor, given, wanted);
    const nodes = [...compilation.orderedNodes];
    return {
      ...compilation,
      orderedNodes: {
        *[Symbol.iterator]() {
          for (const node of nodes) {
            setScope(node.name);
            yield node;
          }
        },
      },
    };
  };
  try {
    return work();
  } catch (error) {
    throw explained(error as Error);
  } finally {
    executor.compile = plain;
    executor.compiledMap.clear();
  }
}

/** Hands on the tensors of all nodes, which the executor keeps when asked to. */
function collecting<T>(model: tf.GraphModel, collect: Collect | undefined, work: () => T): T {
  if (!collect) return work();
  const before = tf.env().getBool("KEEP_INTERMEDIATE_TENSORS");
  tf.env().set("KEEP_INTERMEDIATE_TENSORS", true);
  try {
    const result = work();
    for (const [name, tensors] of Object.entries(model.getIntermediateTensors()))
      for (const [i, tensor] of tensors.entries())
        if (tensor) collect(i === 0 ? name : `${name}:${i}`, tensor);
    return result;
  } finally {
    tf.env().set("KEEP_INTERMEDIATE_TENSORS", before);
  }
}

function explained(cause: Error): Error {
  const unknown = /^Unknown op '(.+)'\./.exec(cause.message)?.[1];
  if (unknown)
    return new ModelError(
      expected(
        "an operation that tfjs knows",
        "a node of model.json",
        unknown,
        `Register it before: tf.registerOp("${unknown}", (node) => tensors), a function of tensors; on the command line in a module given with --register`,
      ),
      { cause },
    );
  const dynamic = /contains the node '(.+)', which has the dynamic op '(.+)'/.exec(cause.message);
  if (dynamic)
    return new ModelError(
      expected(
        "operations whose results a graph can hold",
        `node ${dynamic[1]}`,
        dynamic[2],
        "Take it out of the model, or write it with other operations",
      ),
      { cause },
    );
  return cause;
}

/** @throws ModelError for a graph that tfjs cannot build */
export async function loadGraph(artifacts: tf.io.ModelArtifacts): Promise<tf.GraphModel> {
  try {
    return await tf.loadGraphModel({ load: async () => artifacts });
  } catch (cause) {
    const [line] = (cause as Error).message.split("\n");
    throw new ModelError(
      expected("a graph that tfjs builds", "model.json", line, "Save or convert the model again"),
      { cause },
    );
  }
}

/** TensorFlow operations that tfjs runs only when it waits for values, as operations that a trace can follow. */

import { expected, ModelError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { currentTrace } from "../session.js";
import { branch, type Callee, whileLoop } from "./control-flow.js";
import { LIST_OPS } from "./tensor-list.js";

/** The parts of tfjs-converter's executor that have no public name. */
export interface Node {
  readonly name: string;
  op: string;
  category: string;
  readonly inputs: readonly Node[];
  readonly inputNames: readonly string[];
  readonly attrParams: Readonly<Record<string, { readonly value?: unknown } | undefined>>;
}
export interface Executor {
  readonly graph: { readonly nodes: Readonly<Record<string, Node>> };
  readonly inputs: readonly { readonly name: string }[];
  readonly outputNodes: readonly string[];
  readonly functionExecutorMap: Readonly<Record<string, Executor>>;
  execute(inputs: Record<string, tf.Tensor>, outputs: readonly string[]): tf.Tensor[];
}
interface Call {
  readonly node: Node;
  readonly context: { readonly functionMap: Readonly<Record<string, Executor>> };
  readonly inputs: readonly (tf.Tensor | undefined)[];
  readonly attrs: Readonly<Record<string, unknown>>;
}

const number = (tensor: tf.Tensor | undefined): number => tensor!.dataSync()[0]!;

/** The call's inputs; those that only order nodes are none. */
const argumentsOf = ({ node, inputs }: Call): tf.Tensor[] =>
  inputs.filter((_, i) => node.inputs[i]?.op !== "NoOp") as tf.Tensor[];

function callee(call: Call, attribute: string): Callee {
  const name = call.node.attrParams[attribute]?.value as string;
  const executor = call.context.functionMap[name];
  if (!executor)
    throw new ModelError(
      expected(
        "a function of the model's library",
        `node ${call.node.name}`,
        name,
        "Convert the model again",
      ),
    );
  return (args) => {
    const named = Object.fromEntries(executor.inputs.map((input, i) => [input.name, args[i]!]));
    const keeps = tf.env().getBool("KEEP_INTERMEDIATE_TENSORS");
    tf.env().set("KEEP_INTERMEDIATE_TENSORS", false);
    try {
      // Copies: an argument handed back must not go when the caller's does.
      return executor.execute(named, executor.outputNodes).map((tensor) => tf.clone(tensor));
    } finally {
      tf.env().set("KEEP_INTERMEDIATE_TENSORS", keeps);
    }
  };
}

/** Which arguments a loop's body hands back as they are. */
function fixedArguments(call: Call): boolean[] {
  const executor = call.context.functionMap[call.node.attrParams.body?.value as string];
  return (executor?.outputNodes ?? []).map((output, i) => {
    const start = executor!.inputs[i]?.name;
    let name = output.replace(/:0$/, "");
    for (;;) {
      if (name === start) return true;
      const node = executor!.graph.nodes[name];
      if (node?.op !== "Identity") return false;
      name = node.inputNames[0]!.replace(/:0$/, "");
    }
  });
}

function loop(call: Call): tf.Tensor[] {
  const [condition, body] = [callee(call, "cond"), callee(call, "body")];
  return whileLoop(condition, body, argumentsOf(call), fixedArguments(call), call.node.name);
}

function choice(call: Call): tf.Tensor[] {
  const [condition, ...args] = argumentsOf(call);
  const [then, otherwise] = [callee(call, "thenBranch"), callee(call, "elseBranch")];
  return branch(condition!, then, otherwise, args, call.node.name);
}

function where({ inputs: [condition] }: Call): tf.Tensor {
  if (currentTrace()) return tf.engine().runKernel("Where", { condition: condition! }) as tf.Tensor;
  const rows = tf.util.toNestedArray(condition!.shape, condition!.dataSync() as never);
  const found: number[][] = [];
  const walk = (part: unknown, index: number[]): void => {
    if (!Array.isArray(part)) {
      if (part) found.push(index);
    } else for (const [i, inner] of part.entries()) walk(inner, [...index, i]);
  };
  walk(rows, []);
  return tf.tensor2d(found, [found.length, condition!.rank], "int32");
}

type Boxes = [tf.Tensor2D, tf.Tensor1D, number, number, number?];
const suppression = ([boxes, scores, ...rest]: readonly (tf.Tensor | undefined)[]): Boxes => [
  boxes as tf.Tensor2D,
  scores as tf.Tensor1D,
  ...(rest.map(number) as [number, number, number?]),
];

const OPERATIONS: Readonly<Record<string, (call: Call) => tf.Tensor | tf.Tensor[]>> = {
  While: loop,
  StatelessWhile: loop,
  If: choice,
  StatelessIf: choice,
  Where: where,
  NonMaxSuppressionV2: ({ inputs }) => tf.image.nonMaxSuppression(...suppression(inputs.slice(0, 4))),
  NonMaxSuppressionV3: ({ inputs }) => tf.image.nonMaxSuppression(...suppression(inputs.slice(0, 5))),
  ...Object.fromEntries(
    Object.entries(LIST_OPS).map(([name, run]) => [
      name,
      (call: Call) => run(argumentsOf(call), (call.attrs.element_dtype as tf.DataType) ?? "float32"),
    ]),
  ),
};

const registered = (op: string): string => `Mmgan${op}`;
let isRegistered = false;

function register(): void {
  if (isRegistered) return;
  isRegistered = true;
  for (const [op, run] of Object.entries(OPERATIONS))
    tf.registerOp(registered(op), (call) => tf.tidy(() => run(call as unknown as Call)) as tf.Tensor);
}

function nodesOf(executor: Executor): Node[] {
  // The map holds every function of the library, those that functions call too.
  return [executor, ...Object.values(executor.functionExecutorMap)].flatMap((each) =>
    Object.values(each.graph.nodes).filter(({ op }) => Object.hasOwn(OPERATIONS, op)),
  );
}

/** Whether the model has operations that tfjs itself runs only in executeAsync. */
export const waitsForValues = (executor: Executor): boolean => nodesOf(executor).length > 0;

/** Runs `work` with these operations in place of tfjs's own. */
export function withTraceableOperations<T>(executor: Executor, work: () => T): T {
  register();
  const changed = nodesOf(executor).map((node) => ({ node, op: node.op, category: node.category }));
  for (const { node, op } of changed) {
    node.op = registered(op);
    node.category = "custom";
  }
  try {
    return work();
  } finally {
    for (const { node, op, category } of changed) Object.assign(node, { op, category });
  }
}

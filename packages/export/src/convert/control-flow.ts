/** Loops and branches of a GraphModel: ONNX's Loop and If in a trace, run as they are outside of one. */

import { expected, ModelError } from "@mmgan/core";
import type * as tf from "@tensorflow/tfjs";
import { type Body, isAll, type Subgraph, sameDims, sizeOf, splatOf, type Value } from "../graph.js";
import { type CurrentTrace, currentTrace } from "../session.js";

type Tensors = tf.Tensor[];
/** A function of the model's library. */
export type Callee = (args: Tensors) => Tensors;

/** A loop variable, as a loop hands it on. */
interface Variable {
  readonly tensor: tf.Tensor;
  readonly value: Value;
  /** The body hands it back as it is. */
  readonly fixed: boolean;
}

/** Bodies within bodies, the innermost last. */
const open: Body[] = [];

/**
 * while (condition(args)) args = body(args).
 *
 * @param fixed - of each argument, whether the body hands it back as it is: such a one stays outside of the loop
 * @param node - for messages
 */
export function whileLoop(
  condition: Callee,
  body: Callee,
  args: Tensors,
  fixed: readonly boolean[],
  node: string,
): Tensors {
  const trace = currentTrace();
  if (trace) return traceLoop(trace, condition, body, args, fixed, node);
  let state = args;
  while (condition(state)[0]!.dataSync()[0]) state = body(state);
  return state;
}

/** condition ? then(args) : otherwise(args). */
export function branch(
  condition: tf.Tensor,
  then: Callee,
  otherwise: Callee,
  args: Tensors,
  node: string,
): Tensors {
  const trace = currentTrace();
  const known = trace ? splatOf(trace.unwrap(condition)) : condition.dataSync()[0];
  if (known !== undefined) return (known ? then : otherwise)(args);
  return traceBranch(trace!, condition, [then, otherwise], args, node);
}

function inBody<T>(trace: CurrentTrace, work: (body: Body) => T): T {
  const body = trace.ops.graph.body(open.at(-1));
  open.push(body);
  try {
    return work(body);
  } finally {
    open.pop();
  }
}

function traceLoop(
  trace: CurrentTrace,
  condition: Callee,
  body: Callee,
  args: Tensors,
  fixed: readonly boolean[],
  node: string,
): Tensors {
  const { ops, wrap, unwrap } = trace;
  const { graph } = ops;
  const given = args.map(
    (tensor, i): Variable => ({ tensor, value: unwrap(tensor), fixed: fixed[i] === true }),
  );
  const carried = given.filter((variable) => !variable.fixed);
  const first = unwrap(condition(args)[0]!);
  if (isAll(first, 0)) return args;
  const { subgraph, results } = inBody(trace, (around) => {
    const counter = graph.parameter(around, "int64", []);
    const going = graph.parameter(around, "bool", []);
    const parameters = carried.map(({ value }) => graph.parameter(around, value.type, value.dims));
    let next = 0;
    const state = given.map(({ tensor, fixed: stays }) => (stays ? tensor : wrap(parameters[next++]!)));
    const after = body(state);
    const goesOn = unwrap(condition(after)[0]!);
    const values = after.filter((_, i) => !given[i]!.fixed).map(unwrap);
    const made: Subgraph = {
      body: around,
      parameters: [counter, going, ...parameters],
      outputs: [goesOn, ...values],
    };
    return { subgraph: made, results: values };
  });
  const grown = carried.findIndex(({ value }, i) => !sameDims(value.dims, results[i]!.dims));
  if (grown >= 0) {
    const { value } = carried[grown]!;
    const { dims } = results[grown]!;
    // A list that nothing was put in has no element shape yet.
    if (sizeOf(value.dims) > 0 || value.dims[0] !== dims[0])
      throw new ModelError(
        expected(
          `the shape [${value.dims}] that it starts with`,
          `loop variable ${given.indexOf(carried[grown]!)} after a turn of loop ${node}`,
          `[${dims}]`,
          "ONNX Runtime can hold it, but no shape would be right behind the loop: give it a fixed size, and pad",
        ),
      );
    const wider = args.map((tensor, i) =>
      given[i] === carried[grown] ? wrap(graph.splat(value.type, dims, 0)) : tensor,
    );
    return traceLoop(trace, condition, body, wider, fixed, node);
  }
  const loop = graph.add(
    "Loop",
    [undefined, first, ...carried.map(({ value }) => value)],
    { body: { kind: "graph", value: subgraph } },
    results.map(({ type, dims }) => ({ type, dims })),
  );
  let out = 0;
  return given.map(({ tensor, fixed: stays }) => (stays ? tensor : wrap(loop.outputs[out++]!)));
}

function traceBranch(
  trace: CurrentTrace,
  condition: tf.Tensor,
  branches: readonly [Callee, Callee],
  args: Tensors,
  node: string,
): Tensors {
  const { ops, wrap, unwrap } = trace;
  const { graph } = ops;
  const given = args.map(unwrap);
  const traced = branches.map((callee) =>
    inBody(trace, (body): Subgraph => {
      // Constants stay what they are: axes and shapes must be known.
      const handed = given.map((value) =>
        value.constant ? value : graph.parameter(body, value.type, value.dims),
      );
      return {
        body,
        parameters: handed.filter((value) => !value.constant),
        outputs: callee(handed.map(wrap)).map(unwrap),
      };
    }),
  );
  const [then, otherwise] = traced as [Subgraph, Subgraph];
  then.outputs.forEach(({ type, dims }, i) => {
    const other = otherwise.outputs[i]!;
    if (type !== other.type || !sameDims(dims, other.dims))
      throw new ModelError(
        expected(
          `${type} [${dims}], as the other branch has it`,
          `output ${i} of the else branch of ${node}`,
          `${other.type} [${other.dims}]`,
          "Make both branches give the same type and shape",
        ),
      );
  });
  const made = graph.add(
    "If",
    [ops.reshape(unwrap(condition), []), ...given.filter((value) => !value.constant)],
    {
      then_branch: { kind: "graph", value: then },
      else_branch: { kind: "graph", value: otherwise },
    },
    then.outputs.map(({ type, dims }) => ({ type, dims })),
  );
  return made.outputs.map(wrap);
}

/** While a model is traced its recurrent layers call one kernel each, instead of a cell for every time step. */

import * as tf from "@tensorflow/tfjs";
import {
  ACTIVATIONS,
  type Cell,
  RECURRENT,
  type RecurrentAttrs,
  recurrentKernel,
} from "../kernels/recurrent.js";
import { addKernel, isTracing } from "../session.js";

type Layer = tf.layers.Layer;
interface Variable {
  read(): tf.Tensor;
}
interface RecurrentCell {
  readonly units: number;
  readonly kernel: Variable;
  readonly recurrentKernel: Variable;
  readonly bias?: Variable;
  readonly activation: { getClassName(): string };
  readonly recurrentActivation?: { getClassName(): string };
  getClassName(): string;
}
interface RecurrentLayer extends Layer {
  readonly cell: RecurrentCell;
  readonly goBackwards: boolean;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
}
interface Arguments {
  readonly mask?: unknown;
  readonly initialState?: readonly tf.Tensor[] | null;
}

const CELLS: Readonly<Record<string, Cell>> = { SimpleRNNCell: "RNN", GRUCell: "GRU", LSTMCell: "LSTM" };

/** The activations in ONNX's order, or undefined where the operator lacks one. */
function activationsOf(cell: RecurrentCell, kind: Cell): string[] | undefined {
  const own = cell.activation?.getClassName();
  const gates = cell.recurrentActivation?.getClassName();
  const names = kind === "RNN" ? [own] : kind === "GRU" ? [gates, own] : [gates, own, own];
  return names.every((name) => name !== undefined && name in ACTIVATIONS) ? (names as string[]) : undefined;
}

/** The layer's call as one kernel; undefined for a layer that is none, or that the operators cannot hold. */
function operatorCall(layer: Layer): Layer["call"] | undefined {
  const { cell, goBackwards, returnSequences, returnState } = layer as RecurrentLayer;
  const kind = typeof cell?.getClassName === "function" ? CELLS[cell.getClassName()] : undefined;
  const activations = kind && activationsOf(cell, kind);
  if (!kind || !activations) return undefined;
  const plain = layer.call;
  return function (this: Layer, given, kwargs: Arguments | null) {
    const x = (Array.isArray(given) ? given[0] : given) as tf.Tensor;
    // A mask skips steps row by row, and an input without steps has no output: both stay what tfjs makes of them.
    if (!isTracing() || kwargs?.mask || x.rank !== 3 || x.shape[1] === 0)
      return plain.call(this, given, kwargs as never);
    const inputs: Record<string, tf.Tensor> = {
      x,
      kernel: cell.kernel.read(),
      recurrentKernel: cell.recurrentKernel.read(),
    };
    if (cell.bias) inputs.bias = cell.bias.read();
    const [hidden, carry] = kwargs?.initialState ?? [];
    if (hidden) inputs.hidden = hidden;
    if (carry) inputs.carry = carry;
    const attrs: RecurrentAttrs = {
      cell: kind,
      units: cell.units,
      backwards: goBackwards === true,
      sequences: returnSequences === true,
      activations,
    };
    const results = tf.engine().runKernel(RECURRENT, inputs, attrs as never) as unknown as tf.Tensor[];
    return returnState ? results : results[0]!;
  };
}

/** A layer and those that wrappers hold. */
function* within(layer: Layer): Generator<Layer> {
  yield layer;
  const { forwardLayer, backwardLayer, layer: inner } = layer as unknown as Record<string, Layer | undefined>;
  for (const held of [forwardLayer, backwardLayer, inner]) if (held) yield* within(held);
}

/** Runs `work` with the recurrent layers among these calling their operators while a function is traced. */
export function withRecurrentOperators<T>(layers: readonly Layer[], work: () => T): T {
  const undo: (() => void)[] = [];
  for (const layer of layers.flatMap((outer) => [...within(outer)])) {
    const call = operatorCall(layer);
    if (!call) continue;
    addKernel(RECURRENT, recurrentKernel);
    const own = Object.hasOwn(layer, "call");
    const plain = layer.call;
    layer.call = call;
    undo.push(() => {
      if (own) layer.call = plain;
      else delete (layer as Partial<Layer>).call;
    });
  }
  try {
    return work();
  } finally {
    for (const step of undo.reverse()) step();
  }
}

/** Recurrent layers as one operator each: RNN, GRU and LSTM, in place of a node chain for every time step. */

import { denseData, floats, type GraphNode, int, text, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { lowering } from "./lowering.js";
import { reverse } from "./shape.js";

/** The kernel's name; no backend of tfjs's has it, only the tracing one. */
export const RECURRENT = "MmganRecurrent";

export type Cell = "RNN" | "GRU" | "LSTM";

/** ONNX's names of tfjs-layers' activations, with their constants. */
export const ACTIVATIONS: Readonly<Record<string, { name: string; alpha?: number; beta?: number }>> = {
  tanh: { name: "Tanh" },
  sigmoid: { name: "Sigmoid" },
  hardSigmoid: { name: "HardSigmoid", alpha: 0.2, beta: 0.5 },
  relu: { name: "Relu" },
  softsign: { name: "Softsign" },
  softplus: { name: "Softplus" },
};

export interface RecurrentAttrs {
  readonly cell: Cell;
  readonly units: number;
  readonly backwards: boolean;
  /** Every step's output, [batch, time, units]; else the last one's, [batch, units]. */
  readonly sequences: boolean;
  /** In ONNX's order, by tfjs-layers' names: those of the gates, then those of the state. */
  readonly activations: readonly string[];
}

/** Where ONNX's gates lie in Keras's matrices: i, o, f, c out of i, f, c, o; z, r, h as they are. */
const GATES: Readonly<Record<Cell, readonly number[]>> = { RNN: [0], GRU: [0, 1, 2], LSTM: [0, 3, 1, 2] };

/** [rows, gates * units] as [1, gates * units, rows], gates in ONNX's order. */
function gateMatrix(ops: Ops, value: Value, { cell, units }: RecurrentAttrs): Value {
  const [rows, columns] = value.dims as [number, number];
  const data = denseData(value);
  const out = new Float32Array(rows * columns);
  let at = 0;
  for (const gate of GATES[cell])
    for (let unit = 0; unit < units; unit++)
      for (let row = 0; row < rows; row++) out[at++] = Number(data[row * columns + gate * units + unit]);
  return ops.graph.constant("float32", [1, columns, rows], out);
}

/** The kernel's bias in ONNX's order; the recurrent one is zero. */
function gateBias(ops: Ops, bias: Value, attrs: RecurrentAttrs): Value {
  const own = gateMatrix(ops, ops.reshape(bias, [1, bias.dims[0]!]), attrs);
  const data = new Float32Array(2 * bias.dims[0]!);
  data.set(denseData(own) as Float32Array);
  return ops.graph.constant("float32", [1, data.length], data);
}

/** x [batch, time, features] to [output, last hidden state (, last cell state)]. */
export const recurrentKernel = lowering<RecurrentAttrs>(({ ops, inputs, attrs }) => {
  const { cell, units, sequences, activations, backwards } = attrs;
  const { x, kernel, recurrentKernel: recurrent, bias, hidden, carry } = inputs;
  const [batch, time] = x!.dims as [number, number];
  const chosen = activations.map((name) => ACTIVATIONS[name]!);
  const constants = (key: "alpha" | "beta") =>
    chosen.flatMap((activation) => (activation[key] === undefined ? [] : [activation[key]]));
  const state = (value: Value | undefined) => value && ops.reshape(value, [1, batch, units]);
  const node: GraphNode = ops.graph.add(
    cell,
    [
      ops.transpose(x!, [1, 0, 2]),
      gateMatrix(ops, kernel!, attrs),
      gateMatrix(ops, recurrent!, attrs),
      bias && gateBias(ops, bias, attrs),
      undefined,
      state(hidden),
      state(carry),
    ],
    {
      hidden_size: int(units),
      direction: text(backwards ? "reverse" : "forward"),
      activations: { kind: "strings", value: chosen.map(({ name }) => name) },
      ...(constants("alpha").length > 0
        ? { activation_alpha: floats(constants("alpha")), activation_beta: floats(constants("beta")) }
        : {}),
      ...(cell === "GRU" ? { linear_before_reset: int(0) } : {}),
    },
    [
      { type: "float32", dims: [time, 1, batch, units] },
      { type: "float32", dims: [1, batch, units] },
      ...(cell === "LSTM" ? [{ type: "float32" as const, dims: [1, batch, units] }] : []),
    ],
  );
  const [all, ...last] = node.outputs.map((output) => dropDirection(ops, output));
  if (!sequences) return [last[0]!, ...last];
  const steps = ops.transpose(all!, [1, 0, 2]);
  // Keras hands the steps on in the order it takes them.
  return [backwards ? reverse(ops, steps, [1]) : steps, ...last];
});

/** Without the axis of directions, the third from behind. */
function dropDirection(ops: Ops, value: Value): Value {
  const axis = value.dims.length - 3;
  const dims = value.dims.filter((_, i) => i !== axis);
  return ops.node("Squeeze", [value, ops.shape([axis])], {}, { type: value.type, dims });
}

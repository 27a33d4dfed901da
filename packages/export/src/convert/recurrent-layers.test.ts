/** Recurrent layers become ONNX's recurrent operators, and compute what tfjs-layers does. */

import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { readOnnx } from "../read.js";
import { convert } from "./convert.js";
import { fill } from "./models.test.util.js";

beforeAll(() => tf.setBackend("cpu"));
const runtime = ort as never;
const { layers } = tf;

async function converted(...list: tf.layers.Layer[]) {
  const model = tf.sequential({ layers: list });
  fill(model, 3);
  const result = await convert(model, { runtime, check: { tolerance: 1e-5 } });
  model.dispose();
  expect(result.check!.batches).toEqual([1, 2, 3]);
  return { ...result, operators: readOnnx(result.onnx).operators };
}

const inputShape = [20, 3];

describe("recurrent layers", () => {
  it.each<[string, string, tf.layers.Layer]>([
    ["SimpleRNN", "RNN", layers.simpleRNN({ units: 4, inputShape })],
    [
      "SimpleRNN, relu, no bias",
      "RNN",
      layers.simpleRNN({ units: 4, inputShape, activation: "relu", useBias: false }),
    ],
    ["GRU", "GRU", layers.gru({ units: 4, inputShape })],
    [
      "GRU, sigmoid gates, every step",
      "GRU",
      layers.gru({ units: 4, inputShape, recurrentActivation: "sigmoid", returnSequences: true }),
    ],
    ["LSTM", "LSTM", layers.lstm({ units: 4, inputShape })],
    [
      "LSTM with other activations",
      "LSTM",
      layers.lstm({ units: 4, inputShape, activation: "softsign", recurrentActivation: "sigmoid" }),
    ],
    ["LSTM backwards", "LSTM", layers.lstm({ units: 4, inputShape, goBackwards: true })],
    [
      "LSTM backwards, every step",
      "LSTM",
      layers.lstm({ units: 4, inputShape, goBackwards: true, returnSequences: true }),
    ],
    [
      "RNN of a cell",
      "LSTM",
      layers.rnn({ cell: layers.lstmCell({ units: 4 }), inputShape }) as tf.layers.Layer,
    ],
  ])("%s is one operator", async (_, operator, layer) => {
    const { operators, nodeCount } = await converted(layer, layers.dense({ units: 2 }));
    expect(operators[operator]).toBe(1);
    // Transpose, the operator, Squeeze, (Transpose, Slice), the dense layer
    expect(nodeCount).toBeLessThan(12);
  });

  it.each(["concat", "sum", "mul", "ave"] as const)(
    "bidirectional, %s: two operators, and no step reversed twice",
    async (mergeMode) => {
      const { operators } = await converted(
        layers.bidirectional({
          layer: layers.lstm({ units: 3, returnSequences: true }) as tf.RNN,
          mergeMode,
          inputShape,
        } as never),
        layers.bidirectional({ layer: layers.gru({ units: 3 }) as tf.RNN, mergeMode } as never),
      );
      expect(operators).toMatchObject({ LSTM: 2, GRU: 2 });
      expect(operators.Slice).toBeUndefined();
    },
  );

  it("hands states on, and starts from given ones", async () => {
    const x = tf.input({ shape: inputShape, name: "x" });
    const [, h, c] = layers
      .lstm({ units: 4, returnState: true, name: "encoder" })
      .apply(x) as tf.SymbolicTensor[];
    const y = tf.input({ shape: [7, 2], name: "y" });
    const decoded = layers
      .lstm({ units: 4, returnSequences: true, name: "decoder" })
      .apply(y, { initialState: [h!, c!] }) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [x, y], outputs: [decoded, c!] });
    fill(model, 5);
    const { onnx } = await convert(model, { runtime, check: { tolerance: 1e-5 } });
    expect(readOnnx(onnx).operators.LSTM).toBe(2);
    model.dispose();
  });

  it("unrolls what the operators cannot hold: a mask, an activation of another kind", async () => {
    const masked = await converted(layers.masking({ inputShape: [5, 3] }), layers.gru({ units: 2 }));
    expect(masked.operators.GRU).toBeUndefined();
    const other = await converted(layers.gru({ units: 2, inputShape: [5, 3], activation: "elu" }));
    expect(other.operators.GRU).toBeUndefined();
  });

  it("leaves the model as it was", async () => {
    const model = tf.sequential({ layers: [layers.lstm({ units: 2, inputShape: [4, 1] })] });
    const before = tf.memory().numTensors;
    await convert(model, { runtime });
    expect(Object.hasOwn(model.layers[0]!, "call")).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
  });
});

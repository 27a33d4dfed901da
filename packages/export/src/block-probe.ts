/** A tiny graph that tells how many channels a block of the runtime's convolution layout has. */

import { encodeGraph } from "./encode.js";
import { toBlocked } from "./forms/blocked.js";
import { Graph } from "./graph.js";
import { Ops } from "./ops.js";

/** Enough for blocks of 16 and to tell 8 from 16. */
const CHANNELS = 32;

/**
 * Reorders x [1, 1, 2, 32], x[0, 0, w, c] = 32 w + c, into blocks: the second pixel's channel 0, of value 32, then
 * stands behind one block of the first pixel's channels.
 *
 * @returns the graph, its input, and how to read the block from the numbers of its one output
 */
export function blockProbe() {
  const graph = new Graph();
  const ops = new Ops(graph, { opset: 18, training: true });
  const x = graph.input("x", "float32", [1, 1, 2, CHANNELS]);
  const y = toBlocked(ops, x);
  const onnx = encodeGraph(
    {
      nodes: graph.nodes,
      inputs: [{ name: "x", value: x }],
      outputs: [{ name: "y", value: y }],
      dimsOf: (value) => value.dims,
    },
    { opset: 18, irVersion: 8, name: "block-probe", metadata: {} },
  );
  const data = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i);
  const read = (numbers: Float32Array): number => {
    const block = numbers.indexOf(CHANNELS);
    return block === 8 || block === 16 ? block : 0;
  };
  return { onnx, input: { name: "x", data }, dims: x.dims, read };
}

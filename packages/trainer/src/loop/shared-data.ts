/** Samples and their graph in memory that threads share: copied once, however many threads there are. */

import type { NeighbourGraph } from "../neighbours/index.js";
import type { Samples } from "./batches.js";

/** The same data with their large arrays in shared memory. */
export function shared<T extends Samples>({
  dataset,
  graph,
}: {
  dataset: T;
  graph?: NeighbourGraph | undefined;
}): { dataset: T; graph: NeighbourGraph | undefined } {
  const { pixels, points } = dataset;
  return {
    dataset: {
      ...dataset,
      ...(pixels && { pixels: sharedBytes(pixels) }),
      ...(points && { points: new Float32Array(sharedBytes(points).buffer) }),
    },
    graph: graph && {
      count: graph.count,
      offsets: new Int32Array(sharedBytes(graph.offsets).buffer),
      targets: new Int32Array(sharedBytes(graph.targets).buffer),
    },
  };
}

/** The bytes of an array, copied into shared memory. */
export function sharedBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const copy = new Uint8Array(new SharedArrayBuffer(byteLength));
  copy.set(bytes);
  return copy;
}

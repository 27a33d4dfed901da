/** What the reference and the tensorflow engine share: programs run eagerly on a backend of tfjs. */

import type { ElementType, PlainTensor } from "@mmgan/core";
import { registerSecondGradients } from "@mmgan/export";
import * as tf from "@tensorflow/tfjs";
import type { Tensors } from "../nets/layers.js";
import type { PlainState } from "../nets/parameters.js";
import type { Engine, EngineName } from "./engine.js";

const toTensor = ({ dims, type, data }: PlainTensor): tf.Tensor =>
  tf.tensor(data as Float32Array | Int32Array | Uint8Array, [...dims], type as "float32" | "int32" | "bool");

async function toPlain(tensor: tf.Tensor): Promise<PlainTensor> {
  const data = (await tensor.data()) as Float32Array | Int32Array | Uint8Array;
  return { dims: tensor.shape, type: tensor.dtype as ElementType, data: data.slice() };
}

async function plainRecord(tensors: Tensors): Promise<Record<string, PlainTensor>> {
  const record: Record<string, PlainTensor> = {};
  for (const [name, tensor] of Object.entries(tensors)) record[name] = await toPlain(tensor);
  return record;
}

/**
 * An engine that runs programs as tfjs dispatches them.
 *
 * @param backend - a registered backend of tfjs; the process may change backends between two calls (tracing does, and
 * so do other engines)
 */
export async function createEagerEngine(
  name: EngineName,
  backend: string,
  initial: PlainState,
): Promise<Engine> {
  registerSecondGradients();
  tf.enableProdMode(); // silences tfjs's advice to install tfjs-node
  await tf.setBackend(backend);
  await tf.ready();
  // Once a backend is there, setBackend is done when it returns: nothing comes between it and what follows.
  const useBackend = (): void => void tf.setBackend(backend);
  const state: Tensors = {};
  const put = (entries: PlainState): void => {
    useBackend();
    for (const [entry, plain] of Object.entries(entries)) state[entry] = toTensor(plain);
  };
  put(initial);

  return {
    name,
    device: "cpu",
    async run(program, batch, hyper = {}) {
      useBackend();
      const result = tf.tidy(() => {
        const tensors = Object.fromEntries(
          Object.entries(batch).map(([name, plain]) => [name, toTensor(plain)]),
        );
        const scalars = Object.fromEntries(program.hyper.map((name) => [name, tf.scalar(hyper[name]!)]));
        const { state: next, outputs } = program.run(state, tensors, scalars);
        // A copy each: an entry may be one and the same tensor as another, or as an input.
        const copy = (record: Tensors): Tensors =>
          Object.fromEntries(Object.entries(record).map(([name, t]) => [name, tf.keep(tf.clone(t))]));
        return { next: copy(next), outputs: copy(outputs) } as unknown as tf.TensorContainer;
      }) as unknown as { next: Tensors; outputs: Tensors };
      const outputs = await plainRecord(result.outputs);
      tf.dispose(result.outputs);
      for (const [name, tensor] of Object.entries(result.next)) {
        state[name]?.dispose();
        state[name] = tensor;
      }
      return outputs;
    },
    async load(entries, drop = []) {
      for (const name of [...drop, ...Object.keys(entries)]) {
        state[name]?.dispose();
        delete state[name];
      }
      put(entries);
    },
    state: () => plainRecord(state),
    async dispose() {
      tf.dispose(state);
    },
  };
}

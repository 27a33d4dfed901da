/** A `SessionHost` whose work is done in a worker, so that the page stays free. */

import type { PlainTensor, SessionDescription } from "@mmgan/core";
import { buffersOf, type Reply, type Request } from "./messages.js";
import type { HostOptions, SessionHost } from "./session-host.js";

type Call = Request extends infer Each ? (Each extends unknown ? Omit<Each, "id"> : never) : never;

/** Starts the worker and opens ONNX Runtime in it. */
export async function openWorker(options: HostOptions): Promise<SessionHost> {
  const host = new WorkerHost(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
  try {
    await host.open(options);
    return host;
  } catch (cause) {
    await host.close();
    throw cause;
  }
}

class WorkerHost implements SessionHost {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers>();
  #calls = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data: { id, value, error } }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(Object.assign(new Error(error.message), { name: error.name }));
      else waiting?.resolve(value);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`the worker failed: ${event.message || "its script does not load"}`));
    };
  }

  async open(options: HostOptions): Promise<void> {
    await this.#call({ call: "open", options });
  }

  create(graph: string, bytes: Uint8Array): Promise<SessionDescription> {
    return this.#call({ call: "create", graph, bytes }) as Promise<SessionDescription>;
  }

  run(graph: string, feeds: Record<string, PlainTensor>): Promise<Record<string, PlainTensor>> {
    // Copies of the rows alone: a view would be sent with all of its buffer, and a transfer would take the caller's.
    const copies: Record<string, PlainTensor> = {};
    for (const [name, tensor] of Object.entries(feeds))
      copies[name] = { ...tensor, data: tensor.data.slice() };
    const call = this.#call({ call: "run", graph, feeds: copies }, buffersOf(copies));
    return call as Promise<Record<string, PlainTensor>>;
  }

  async close(): Promise<void> {
    this.#worker.terminate();
    this.#end(new Error("the worker was stopped"));
  }

  #call(call: Call, transfer: Transferable[] = []): Promise<unknown> {
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...call, id }, transfer);
    });
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

interface PromiseWithResolvers {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

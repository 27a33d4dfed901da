/** The three graphs of a bundle in a browser: sessions created when first run, made anew once where the device is lost. */

import {
  DeviceError,
  failedRun,
  type GraphName,
  type Graphs,
  graphPorts,
  mustHavePorts,
  notAGraph,
  type PlainTensor,
} from "@mmgan/core";
import type { Bundle } from "./bundle.js";
import { DEVICE_LOST, type SessionHost, type WebDevice } from "./session-host.js";

export class WebGraphs implements Graphs {
  readonly device: WebDevice;
  readonly #bundle: Bundle;
  readonly #open: () => Promise<SessionHost>;
  #host: Promise<SessionHost>;
  #sessions = new Map<GraphName, Promise<SessionHost>>();
  #recovered = false;

  /** @param open - gives a new host; called again where the device of `host` is lost */
  constructor(bundle: Bundle, device: WebDevice, host: SessionHost, open: () => Promise<SessionHost>) {
    this.#bundle = bundle;
    this.device = device;
    this.#host = Promise.resolve(host);
    this.#open = open;
  }

  async run(graph: GraphName, feeds: Record<string, PlainTensor>): Promise<Record<string, PlainTensor>> {
    const host = this.#host;
    try {
      return await this.#run(graph, feeds);
    } catch (cause) {
      if (!isLost(cause)) throw cause;
      // Others that ran on the same host may have begun anew before.
      if (this.#host === host) this.#beginAnew(cause);
    }
    try {
      return await this.#run(graph, feeds);
    } catch (cause) {
      throw isLost(cause) ? lostAgain(cause) : cause;
    }
  }

  async release(): Promise<void> {
    this.#sessions.clear();
    const host = await this.#host.catch(() => undefined);
    await host?.close();
  }

  async #run(graph: GraphName, feeds: Record<string, PlainTensor>): Promise<Record<string, PlainTensor>> {
    const host = await this.#session(graph);
    try {
      return await host.run(graph, feeds);
    } catch (cause) {
      if (isLost(cause)) throw cause;
      throw failedRun(this.#bundle.where(graph), this.device, feeds, cause);
    }
  }

  /** The host, once it has the session of a graph. */
  #session(graph: GraphName): Promise<SessionHost> {
    const sessions = this.#sessions;
    let session = sessions.get(graph);
    if (session === undefined) {
      session = this.#create(graph);
      sessions.set(graph, session);
      // A failed start may be tried again; who asked for it sees the error.
      session.catch(() => sessions.delete(graph));
    }
    return session;
  }

  async #create(graph: GraphName): Promise<SessionHost> {
    const host = await this.#host;
    const where = this.#bundle.where(graph);
    const description = await host.create(graph, this.#bundle.graphs[graph]).catch((cause) => {
      if (isLost(cause)) throw cause;
      throw notAGraph(where, this.device, cause);
    });
    mustHavePorts(description, graphPorts(this.#bundle.manifest)[graph], where);
    return host;
  }

  #beginAnew(cause: unknown): void {
    if (this.#recovered) throw lostAgain(cause);
    const lost = this.#host;
    this.#recovered = true;
    this.#sessions = new Map();
    this.#host = lost.then(async (host) => {
      await host.close();
      return this.#open().catch((second) => {
        throw lostAgain(new Error(`${(cause as Error).message}; then ${(second as Error).message}`));
      });
    });
    this.#host.catch(() => {}); // heard where it is awaited
  }
}

const isLost = (cause: unknown): boolean => cause instanceof Error && cause.name === DEVICE_LOST;

function lostAgain(cause: unknown): DeviceError {
  return new DeviceError(
    `Expected the graphics device to stay but ${(cause as Error).message}. Load the model again, with device wasm where this goes on.`,
    { cause },
  );
}

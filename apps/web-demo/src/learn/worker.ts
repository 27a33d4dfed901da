/** The learning worker: runs the steps, so that the page never waits, and shows views as fast as the page draws them. */

import { MmganError } from "@mmgan/core";
import digitsAddress from "@mmgan/trainer/assets/digits.csv.gz?url";
import { encodePng } from "./encode-png.js";
import type { LearnDevice, LearnEvent, LearnRequest } from "./messages.js";
import { LearnRun } from "./run.js";
import { type LoadedRuntime, loadRuntime } from "./runtime.js";
import { loadLearnData } from "./sets.js";
import type { LearnSettings } from "./settings.js";
import { zipBundle } from "./zip-bundle.js";

/** Least time between two views, in ms; and how many times longer than a view takes the steps between two of them last. */
const LEAST_PAUSE = 60;
const PAUSE_SHARE = 3;
/** How long steps may keep requests waiting, in ms. */
const DEAF = 15;

const runtimes = new Map<LearnDevice, Promise<LoadedRuntime>>();

interface Current {
  readonly run: LearnRun;
  readonly settings: LearnSettings;
  readonly device: LearnDevice;
}
let current: Current | undefined;
/** Steps still to take: Infinity while playing. */
let owed = 0;
/** Steps a second at most. */
let rate = Number.POSITIVE_INFINITY;
/** Whether the page has drawn the last view. */
let seen = true;
/** Ends a wait between two steps. */
let wake = () => {};
/** Starts and stretches of steps come one after the other. */
let turn: Promise<void> = Promise.resolve();
let working = false;

addEventListener("message", ({ data }: MessageEvent<LearnRequest>) => {
  switch (data.kind) {
    case "seen":
      seen = true;
      return;
    case "bundle":
      void sendBundle().catch(fail);
      return;
    case "start":
      owed = 0;
      wake();
      inTurn(() => start(data.settings, data.device));
      return;
    case "play":
      owed = Number.POSITIVE_INFINITY;
      rate = data.rate;
      break;
    case "pause":
      owed = 0;
      break;
    case "step":
      owed = data.count;
      rate = Number.POSITIVE_INFINITY;
      break;
  }
  wake();
  if (!working) inTurn(work);
});

function inTurn(task: () => Promise<void>): void {
  turn = turn.then(task).catch(fail);
}

function fail(error: unknown): void {
  owed = 0;
  working = false;
  const code = error instanceof MmganError ? error.code : "E_UNEXPECTED";
  send({ kind: "failed", code, message: (error as Error).message });
}

async function start(settings: LearnSettings, device: LearnDevice): Promise<void> {
  await current?.run.dispose();
  current = undefined;
  const data = await loadLearnData(settings.data, digitsFile);
  let loading = runtimes.get(device);
  if (!loading) {
    loading = loadRuntime(device);
    runtimes.set(device, loading);
    loading.catch(() => runtimes.delete(device));
  }
  const { runtime, threads } = await loading;
  const run = await LearnRun.start(settings, data, { runtime, device, threads });
  current = { run, settings, device };
  send({ kind: "started", facts: run.facts(device, threads) });
  await sendView(run);
}

/** Takes the steps that are owed. */
async function work(): Promise<void> {
  if (!current) return;
  const { run } = current;
  working = true;
  const speed = new Speed();
  let heard = performance.now();
  let due = heard;
  while (owed > 0 && !run.isDone) {
    const from = performance.now();
    await run.step();
    owed--;
    speed.add(performance.now() - from);
    const now = performance.now();
    if (seen && now >= due && owed > 0 && !run.isDone) {
      await sendView(run, speed.rate);
      due = performance.now() + Math.max(LEAST_PAUSE, PAUSE_SHARE * (performance.now() - now));
    }
    // Requests come in only while the worker waits for something other than its own promises.
    const wait = from + 1000 / rate - performance.now();
    if (wait > 0 || performance.now() - heard > DEAF) {
      await pause(wait);
      heard = performance.now();
    }
  }
  owed = 0;
  working = false;
  await sendView(run, speed.rate);
}

/** Steps a second, of the latest fifty. */
class Speed {
  readonly #times: number[] = [];

  add(milliseconds: number): void {
    this.#times.push(milliseconds);
    if (this.#times.length > 50) this.#times.shift();
  }

  get rate(): number | undefined {
    const total = this.#times.reduce((sum, time) => sum + time, 0);
    return total > 0 ? (1000 * this.#times.length) / total : undefined;
  }
}

async function sendView(run: LearnRun, speed?: number): Promise<void> {
  const view = await run.view(speed);
  seen = false;
  send({ kind: "view", view, playing: owed > 0 && !run.isDone, done: run.isDone });
}

async function sendBundle(): Promise<void> {
  if (!current) return;
  const { run, settings, device } = current;
  const files = await run.bundle(encodePng, device);
  const name = `mmgan-${settings.data}-k${settings.clusters}-seed${settings.seed}-step${run.steps}`;
  const zip = zipBundle(name, files);
  send({ kind: "bundle", name: `${name}.zip`, zip }, [zip.buffer]);
}

async function digitsFile(): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(new URL(digitsAddress, import.meta.url));
  if (!response.ok)
    throw new Error(`The digits did not load: the server answered ${response.status}. Load the page again.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Lets messages in; for `milliseconds`, where there are any to wait, or until a request comes. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
    if (milliseconds >= 1) {
      setTimeout(resolve, milliseconds);
      return;
    }
    // A timer of 0 ms waits 4 ms when nested; a message does not.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

function send(event: LearnEvent, transfer: Transferable[] = []): void {
  postMessage(event, { transfer });
}

/** The learning worker: runs the steps, so that the page never waits, and shows views as fast as the page draws them. */

import { MmganError } from "@mmgan/core";
import digitsAddress from "@mmgan/trainer/assets/digits.csv.gz?url";
import { zipBundle } from "./zip-bundle.js";
import { encodePng } from "./encode-png.js";
import type { LearnDevice, LearnEvent, LearnRequest } from "./messages.js";
import { LearnRun } from "./run.js";
import { type LoadedRuntime, loadRuntime } from "./runtime.js";
import { loadLearnData } from "./sets.js";
import type { LearnSettings } from "./settings.js";

/** Least time between two views, in ms; and how much longer than a view takes the steps between two of them last. */
const LEAST_PAUSE = 60;
const PAUSE_SHARE = 3;

const runtimes = new Map<LearnDevice, Promise<LoadedRuntime>>();

let run: LearnRun | undefined;
let asked: { settings: LearnSettings; device: LearnDevice } | undefined;
/** Steps still to take: Infinity while playing. */
let owed = 0;
/** Steps a second at most. */
let rate = Infinity;
let seen = true;
/** Requests are handled one after the other, and the steps between them. */
let turn: Promise<unknown> = Promise.resolve();
let working = false;

onmessage = ({ data }: MessageEvent<LearnRequest>) => {
  switch (data.kind) {
    case "seen":
      seen = true;
      return;
    case "play":
      owed = Infinity;
      rate = data.rate;
      break;
    case "pause":
      owed = 0;
      break;
    case "step":
      owed = data.count;
      rate = Infinity;
      break;
    case "start":
      owed = 0;
      inTurn(() => start(data.settings, data.device));
      return;
    case "bundle":
      inTurn(sendBundle);
      return;
  }
  if (!working) inTurn(work);
};

function inTurn(task: () => Promise<void>): void {
  turn = turn.then(task).catch((error: unknown) => {
    owed = 0;
    working = false;
    const known = error instanceof MmganError;
    if (!known) console.error(error);
    send({ kind: "failed", code: known ? error.code : "E_UNEXPECTED", message: (error as Error).message });
  });
}

async function start(settings: LearnSettings, device: LearnDevice): Promise<void> {
  await run?.dispose();
  run = undefined;
  const data = await loadLearnData(settings.data, digitsFile);
  let loading = runtimes.get(device);
  if (!loading) {
    loading = loadRuntime(device);
    runtimes.set(device, loading);
    loading.catch(() => runtimes.delete(device));
  }
  const { runtime, threads } = await loading;
  run = await LearnRun.start(settings, data, { runtime, device, threads });
  asked = { settings, device };
  send({ kind: "started", facts: run.facts(device, threads) });
  await sendView();
}

/** Takes the steps that are owed. A new request finds them between two steps. */
async function work(): Promise<void> {
  if (!run) return;
  working = true;
  let last = performance.now();
  let free = last;
  let due = last + LEAST_PAUSE;
  const speed = new Speed();
  while (owed > 0 && !run.isDone) {
    const from = performance.now();
    await run.step();
    owed--;
    speed.add(performance.now() - from);
    const now = performance.now();
    if (seen && now >= due && owed > 0) {
      await sendView(speed.rate);
      due = performance.now() + Math.max(LEAST_PAUSE, PAUSE_SHARE * (performance.now() - now));
    }
    // Requests come in only when the worker waits for something other than its own promises.
    const wait = Math.max(0, last + 1000 / rate - performance.now());
    if (wait > 0 || performance.now() - free > LEAST_PAUSE / 4) {
      await pause(wait);
      free = performance.now();
    }
    last = Math.max(last + 1000 / rate, performance.now() - 1000 / rate);
  }
  owed = 0;
  working = false;
  await sendView(speed.rate);
}

/** Steps a second, of the latest hundred. */
class Speed {
  #times: number[] = [];

  add(milliseconds: number): void {
    this.#times.push(milliseconds);
    if (this.#times.length > 100) this.#times.shift();
  }

  get rate(): number | undefined {
    const total = this.#times.reduce((sum, time) => sum + time, 0);
    return total > 0 ? (1000 * this.#times.length) / total : undefined;
  }
}

async function sendView(speed?: number): Promise<void> {
  if (!run) return;
  const view = await run.view(speed);
  seen = false;
  send({ kind: "view", view, playing: owed > 0 && !run.isDone, done: run.isDone });
}

async function sendBundle(): Promise<void> {
  if (!run || !asked) return;
  const { settings, device } = asked;
  const name = `mmgan-${settings.data}-k${settings.clusters}-seed${settings.seed}-step${run.steps}`;
  const zip = zipBundle(name, await run.bundle(encodePng, device));
  send({ kind: "bundle", name: `${name}.zip`, zip }, [zip.buffer]);
}

async function digitsFile(): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(new URL(digitsAddress, import.meta.url));
  if (!response.ok) throw new Error(`The digits did not load: ${response.status} ${response.statusText}. Load the page again.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Lets messages in; after `milliseconds`, where there are any to wait. */
function pause(milliseconds: number): Promise<void> {
  if (milliseconds >= 1) return new Promise((resolve) => setTimeout(resolve, milliseconds));
  // A timer of 0 ms waits 4 ms when nested; a message does not.
  return new Promise((resolve) => {
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

/** The page's side of the learning worker: what the visitor sees as signals, what they ask for as functions. */

import { computed, signal } from "@preact/signals";
import { download } from "../site/download.js";
import type { LearnDevice, LearnEvent, LearnRequest, RunFacts, View } from "./messages.js";
import { defaultSettings, type LearnSet, type LearnSettings, sameSettings } from "./settings.js";

export type Status = "preparing" | "ready" | "playing" | "paused" | "done" | "failed";

/** Curves by figure, a value for each step that had it. */
export type History = Readonly<Record<string, { readonly steps: number[]; readonly values: number[] }>>;

/** Steps a second that can be asked for. */
export const RATES = {
  "1": "1 step/s",
  "10": "10 steps/s",
  "50": "50 steps/s",
  max: "As fast as it goes",
} as const;
export type Rate = keyof typeof RATES;

export const settings = signal<LearnSettings>(defaultSettings("moons"));
export const device = signal<LearnDevice>("wasm");
export const rate = signal<Rate>("max");
/** What the run that stands was started with. */
export const running = signal<{ settings: LearnSettings; device: LearnDevice } | undefined>(undefined);
export const status = signal<Status>("preparing");
export const facts = signal<RunFacts | undefined>(undefined);
export const view = signal<View | undefined>(undefined);
export const history = signal<History>({});
export const failure = signal<string | undefined>(undefined);
export const packing = signal(false);
/** Whether the settings shown are not those of the run. */
export const changed = computed(
  () =>
    running.value !== undefined &&
    (!sameSettings(settings.value, running.value.settings) || device.value !== running.value.device),
);

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const ask = (request: LearnRequest) => worker.postMessage(request);

worker.onmessage = ({ data }: MessageEvent<LearnEvent>) => {
  switch (data.kind) {
    case "started":
      facts.value = data.facts;
      view.value = undefined;
      history.value = {};
      status.value = "ready";
      return;
    case "view":
      // One that was on its way when another run was asked for.
      if (status.value === "preparing") return;
      view.value = data.view;
      history.value = extended(history.value, data.view);
      if (status.value !== "failed") status.value = statusAfter(data);
      requestAnimationFrame(() => ask({ kind: "seen" }));
      return;
    case "bundle":
      packing.value = false;
      download(data.name, data.zip, "application/zip");
      return;
    case "failed":
      packing.value = false;
      status.value = "failed";
      failure.value = `${data.message} (${data.code})`;
      return;
  }
};
worker.onerror = (event) => {
  event.preventDefault();
  status.value = "failed";
  failure.value = `The worker that learns did not start: ${event.message || "its script did not load"}. Load the page again.`;
};

function statusAfter({ view: { step }, playing, done }: Extract<LearnEvent, { kind: "view" }>): Status {
  if (done) return "done";
  if (playing) return "playing";
  return step === 0 ? "ready" : "paused";
}

function extended(before: History, { step, figures, heldOut }: View): History {
  const next: Record<string, { steps: number[]; values: number[] }> = { ...before };
  const add = (name: string, at: number, value: number) => {
    const curve = next[name] ?? { steps: [], values: [] };
    curve.steps.push(at);
    curve.values.push(value);
    next[name] = curve;
  };
  for (const { step: at, scalars } of figures)
    for (const [name, value] of Object.entries(scalars)) add(name, at, value);
  add("purity", step, heldOut.purity);
  return next;
}

/** Starts a run with the settings shown. */
export function start(): void {
  status.value = "preparing";
  failure.value = undefined;
  running.value = { settings: settings.value, device: device.value };
  ask({ kind: "start", settings: settings.value, device: device.value });
}

/** A change before the first step starts the run anew at once; later ones wait for the visitor to say so. */
export function change(part: Partial<LearnSettings>): void {
  settings.value = { ...settings.value, ...part };
  if (status.value === "ready") start();
}

export function choose(data: LearnSet): void {
  settings.value = defaultSettings(data);
  start();
}

export function chooseDevice(name: LearnDevice): void {
  device.value = name;
  if (status.value === "ready") start();
}

export function play(): void {
  status.value = "playing";
  ask({ kind: "play", rate: rate.value === "max" ? Number.POSITIVE_INFINITY : Number(rate.value) });
}

export function pause(): void {
  ask({ kind: "pause" });
}

export function stepOnce(count: number): void {
  status.value = "playing";
  ask({ kind: "step", count });
}

export function setRate(value: Rate): void {
  rate.value = value;
  if (status.value === "playing") play();
}

export function saveBundle(): void {
  packing.value = true;
  ask({ kind: "bundle" });
}

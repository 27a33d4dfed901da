/** What the page and its learning worker say to each other. */

import type { LearnSettings } from "./settings.js";

export type LearnDevice = "wasm" | "webgpu";

/** To the worker. Each is answered by what `LearnEvent` says. */
export type LearnRequest =
  /** A fresh run; one that stands is given up. */
  | { readonly kind: "start"; readonly settings: LearnSettings; readonly device: LearnDevice }
  /** @property rate - steps a second at most; Infinity for all it can */
  | { readonly kind: "play"; readonly rate: number }
  | { readonly kind: "pause" }
  /** Steps taken at once, whatever the rate; then it is paused. */
  | { readonly kind: "step"; readonly count: number }
  /** The view was drawn: another may be sent. */
  | { readonly kind: "seen" }
  | { readonly kind: "bundle" };

/** A figure of every step since the last view. */
export interface StepFigures {
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
}

/** The mixture, and what G makes of codes drawn from it. */
export interface Drawn {
  readonly count: number;
  /** [count], i mod K. */
  readonly clusters: Int32Array;
  /** Points [count, 2], or grey pictures [count, 8, 8] in [-1, 1]. */
  readonly samples: Float32Array;
  /** [count, latentDim] */
  readonly latents: Float32Array;
  /** [K, latentDim] */
  readonly means: Float32Array;
  /** [K] */
  readonly sigmas: Float32Array;
}

/** Scores of E on held-out data, against labels that it never learned from. */
export interface HeldOut {
  /** [n], the likeliest cluster of each. */
  readonly clusters: Int32Array;
  /** [n], its probability. */
  readonly confidence: Float32Array;
  readonly purity: number;
  readonly accuracy: number;
  readonly nmi: number;
}

/** Values on a square grid over the data, rows from below; for points alone. */
export interface Surfaces {
  readonly side: number;
  /** [side * side], D's scores, unbounded. */
  readonly critic: Float32Array;
  /** [side * side], the likeliest cluster, and its probability. */
  readonly clusters: Int32Array;
  readonly confidence: Float32Array;
}

/** The run as it is now. */
export interface View {
  readonly step: number;
  readonly steps: number;
  /** The variant of the last step, e.g. "gan+information"; undefined before the first. */
  readonly phase: string | undefined;
  readonly latentDim: number;
  readonly drawn: Drawn;
  readonly heldOut: HeldOut;
  readonly surfaces?: Surfaces | undefined;
  /** Share of each cluster in E's probabilities in the last step; empty before the first. */
  readonly shares: readonly number[];
  readonly figures: readonly StepFigures[];
  /** Steps a second over the last while, the views' own time left out; undefined before there are any. */
  readonly rate: number | undefined;
}

/** What a run shows from its start to its end. */
export interface RunFacts {
  /** Steps at which E has been alone for the last time. */
  readonly firstGanStep: number;
  /** Held-out samples: points [n, 2], or pictures [n, 8, 8] in [-1, 1]. */
  readonly heldOut: Float32Array;
  readonly labels: Int32Array;
  /** Scores of k-means on the same samples. */
  readonly kMeans: { readonly purity: number; readonly accuracy: number; readonly nmi: number };
  readonly device: LearnDevice;
  readonly threads: number;
}

/** From the worker. */
export type LearnEvent =
  | { readonly kind: "started"; readonly facts: RunFacts }
  | { readonly kind: "view"; readonly view: View; readonly playing: boolean; readonly done: boolean }
  | { readonly kind: "bundle"; readonly name: string; readonly zip: Uint8Array<ArrayBuffer> }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

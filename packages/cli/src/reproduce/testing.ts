/** A small experiment, for tests. */

import type { Experiment } from "./experiment.js";

/** The text of an experiment's file; `changes` replace whole fields. */
export function experimentText(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    name: "small",
    title: 'Small <b>& "odd" | title',
    seeds: [1, 2],
    columns: [
      { label: "digits", data: "digits" },
      { label: "Moon", data: "moons", train: "all", score: "all" },
    ],
    rows: [
      {
        label: "row <1>",
        model: "mmgan",
        recipe: "paper",
        loss: "rsgan",
        overrides: { pairing: "off" },
        steps: { digits: 30 },
        ownPaper: { moons: "purity .95 of three runs" },
        published: {
          moons: { nmi: { mean: 0.5, sd: 0.1 }, ari: { mean: 0.4 }, purity: { mean: 0.9, sd: 0.02 } },
        },
      },
      { label: "alone", model: "encoder", recipe: "default", only: ["digits"] },
    ],
    baselines: ["k-means"],
    others: [
      {
        label: "GMVAE",
        published: { moons: { nmi: { mean: 0.39 }, ari: { mean: 0.47 }, purity: { mean: 0.84 } } },
      },
    ],
    quick: { seeds: [1], rows: ["row <1>"], steps: { moons: 20 } },
    ...changes,
  } satisfies Record<keyof Experiment | string, unknown>);
}

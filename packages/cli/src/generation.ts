/** Generated samples of a bundle scored against real ones, with what other real ones score beside them. */

import { type Model, Rng, takeRows } from "@mmgan/core";
import type { ClassAgreement, Dataset, GenerationScores, RawSamples, Vectors } from "@mmgan/trainer";
import { textTable } from "./output.js";
import { startProgress } from "./progress.js";

/** Samples compared unless asked otherwise. */
export const GENERATION_SAMPLES = 5000;

/** What `mmgan evaluate --generation` adds. */
export interface Generation {
  /** Generated samples, and as many real ones they are compared with. */
  n: number;
  generated: GenerationScores & ClassAgreement;
  /** As many other real samples, scored alike: what a perfect generator would get. */
  real: GenerationScores & { from: "the same split" | "the training split" };
  /** Share of the scored split that the network that scores classifies rightly. */
  networkAccuracy: number;
}

export interface GenerationOptions {
  /** At most this many samples; fewer where the data are fewer. */
  samples: number;
  threads?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Draws from all clusters alike and scores in the feature space of a network trained with labels on `training`.
 *
 * @param scored - what generated samples are compared with; with labels
 * @param training - the training split of the same data, with labels
 */
export async function scoreGeneration(
  model: Model,
  scored: Dataset,
  training: Dataset,
  options: GenerationOptions,
): Promise<Generation> {
  const { classAgreement, generationScores, scoreNetwork } = await import("@mmgan/trainer");
  const progress = startProgress({ label: "training the network that scores", unit: "steps" });
  const network = await scoreNetwork(training, {
    ...options,
    onProgress: ({ done, total }) => {
      progress.setTotal(total);
      progress.update(done);
    },
  }).finally(() => progress.stop());
  try {
    const n = Math.min(options.samples, scored.count);
    const order = new Rng({ seed: 0, stream: "generation real" }).permutation(scored.count);
    const all = await network.read(rawSamples(scored));
    const real = rows(all.features, order.subarray(0, n));
    const spare = scored.count - n >= n;
    const others = spare
      ? rows(all.features, order.subarray(n, 2 * n))
      : (await network.read(someSamples(training, n))).features;
    const drawn = await model.generate({
      count: n,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const seen = await network.read({ count: n, data: drawn.images?.data ?? drawn.points!.data });
    return {
      n,
      generated: {
        ...(await generationScores(real, seen.features, options)),
        ...classAgreement(seen.classes, drawn.clusters, model.manifest.clusters),
      },
      real: {
        ...(await generationScores(real, others, options)),
        from: spare ? "the same split" : "the training split",
      },
      networkAccuracy:
        all.classes.reduce((right, found, i) => right + (found === scored.labels![i] ? 1 : 0), 0) /
        scored.count,
    };
  } finally {
    await network.release();
  }
}

function rawSamples({ count, pixels, points }: Dataset): RawSamples {
  return { count, data: pixels ?? points! };
}

/** `n` rows of the training split, all where it has no more. */
function someSamples(training: Dataset, n: number): RawSamples {
  const { count, data } = rawSamples(training);
  const size = data.length / count;
  const chosen = new Rng({ seed: 0, stream: "generation training" }).choice(count, Math.min(n, count));
  return { count: chosen.length, data: takeRows(data, size, chosen) };
}

function rows({ dim, data }: Vectors, chosen: Int32Array): Vectors {
  return { count: chosen.length, dim, data: takeRows(data, dim, chosen) };
}

/** The scores as a table and a line that says what they are. */
export function generationText({ n, generated, real, networkAccuracy }: Generation): string {
  const row = (name: string, scores: GenerationScores, agreement: string) => [
    name,
    ...[scores.precision, scores.recall, scores.density, scores.coverage, scores.fid].map((x) =>
      x.toFixed(3),
    ),
    agreement,
  ];
  const other = real.from === "the same split" ? "other real" : "training data";
  return [
    textTable([
      ["", "precision", "recall", "density", "coverage", "FID", "class agreement"],
      row("generated", generated, generated.agreement.toFixed(3)),
      row(other, real, ""),
    ]),
    `${n} generated samples against ${n} real ones, in the features of a network trained with labels for this alone (accuracy ${networkAccuracy.toFixed(3)}; FID is its own scale); its ${generated.byCluster.length} clusters show ${generated.classes} different classes`,
  ].join("\n");
}

/** Figures 3 to 6 of the paper, and what every model draws, each from the folders of its runs. */

import {
  ArgumentError,
  expected,
  type ImageBatch,
  type Model,
  type PointBatch,
  scoreClustering,
} from "@mmgan/core";
import { loadModel } from "@mmgan/runtime-node";
import { loadDataset, readMetrics, readRun, runFiles } from "@mmgan/trainer";
import { drawClusters } from "./clusters-figure.js";
import { type CriticLine, drawCritic } from "./critic-figure.js";
import type { FigureInput, FigureRun, Picture } from "./figure.js";
import { drawMeans } from "./means-figure.js";
import { drawMoons, type MoonsMoment } from "./moons-figure.js";

/** Rows of a grid of figure 3. */
const GRID_ROWS = 10;
/** Pictures averaged for each cluster of figure 4. */
const AVERAGED = 100;
/** Codes drawn in figure 6. */
const CODES = 400;
/** Data points drawn in figure 6. All count for the scores. */
const SHOWN_POINTS = 500;
/** Seed of the noise of all codes and pictures: the same in every panel. */
const NOISE_SEED = 0;

/** Figures by name, as `mmgan reproduce` has them. */
export const FIGURES = { figure3, figure4, figure5, figure6, rivals: rivalsFigure } as const;

/** Generated pictures, a column per cluster: one panel a row, of its first seed. */
export async function figure3({ command, runs }: FigureInput): Promise<Picture> {
  const panels = await Promise.all(firstSeeds(runs).map(({ row, bundle }) => clustersPanel(row, bundle)));
  return drawClusters(panels, {
    title: "Generated pictures, a column per cluster",
    text: await describe(runs),
    command,
  });
}

/** The same at the first snapshot of the rows that have one: steps that take about the same time. */
export async function rivalsFigure({ command, runs }: FigureInput): Promise<Picture> {
  const seen = firstSeeds(runs).filter(({ snapshots }) => snapshots.length > 0);
  if (seen.length === 0) throw new ArgumentError(expected("at least 1 finished run", "a figure", 0));
  const panels = await Promise.all(
    seen.map(({ row, snapshots: [first] }) =>
      clustersPanel(`${row}, ${first!.step.toLocaleString("en-US")} steps`, first!.bundle),
    ),
  );
  const [{ data }, seeds] = [
    (await readRun(seen[0]!.training)).config,
    [...new Set(seen.map(({ seed }) => seed))],
  ];
  return drawClusters(panels, {
    title: "What every model draws after about the same time of training, a column per cluster",
    text: `Data ${data}; seed ${seeds.join(", ")}. Each model after the steps that its training does in the time of GMVAE's 2,500.`,
    command,
  });
}

const clustersPanel = (title: string, bundle: string) =>
  withModel(bundle, async (model) => {
    const { clusters } = model.manifest;
    return { title, clusters, images: await picturesOf(model, clusters * GRID_ROWS, bundle) };
  });

/** 1 - cosine between means, beside how unlike the clusters' generated pictures are: one line a row, of its first seed. */
export async function figure4({ command, runs }: FigureInput): Promise<Picture> {
  const panels = await Promise.all(
    firstSeeds(runs).map(({ row, bundle }) =>
      withModel(bundle, async (model) => {
        const { clusters } = model.manifest;
        const images = await picturesOf(model, clusters * AVERAGED, bundle);
        const { means } = await mixtureOf(model);
        return { title: row, clusters, means, pictures: meanPictures(images, clusters) };
      }),
    ),
  );
  return drawMeans(panels, {
    title: "Cluster means in the latent space, and how unlike the clusters look",
    text:
      "Left: 1 - cosine between the means. Right: the same between the clusters' mean pictures (above the maps; the mean of all taken away), " +
      `and the correlation of both over all pairs of clusters. ${await describe(runs)}`,
    command,
    width: 72,
  });
}

/** The critic's loss over the steps: all runs. */
export async function figure5({ command, runs }: FigureInput): Promise<Picture> {
  const lines = await Promise.all(
    runs.map(async ({ row, seed, training }): Promise<CriticLine> => {
      const points = (await readMetrics(runFiles(training).metrics)).flatMap((line) => {
        const loss = line["loss/critic"];
        return typeof loss === "number" ? [{ step: line.step as number, loss }] : [];
      });
      if (points.length === 0)
        throw new ArgumentError(expected("steps of a critic", runFiles(training).metrics, "none"));
      return { name: row, seed, points };
    }),
  );
  return drawCritic(lines, {
    title: "The critic's loss, with and without pairings",
    text: `Means over windows of steps; thin lines are seeds, bold ones their mean. ${await describe(runs)}`,
    command,
  });
}

/** Moons and the latent mixture at each run's snapshots: one line a row, of its first seed; purity of all seeds. */
export async function figure6({ command, runs }: FigureInput): Promise<Picture> {
  const data = await loadDataset("moons", { split: "test", labels: true });
  const real: PointBatch = { count: data.count, dim: data.dim!, data: data.points! };
  const shown = Math.min(SHOWN_POINTS, data.count);
  const purityOf = ({ bundle }: FigureRun) =>
    withModel(
      bundle,
      async (model) => scoreClustering(data.labels!, (await model.cluster(real)).clusters).purity,
    );
  const rows = await Promise.all(
    firstSeeds(runs).map(async (run) => {
      const moments = await Promise.all(
        run.snapshots.map(({ step, bundle }) => withModel(bundle, (model) => momentOf(model, step))),
      );
      const purities = await Promise.all(runs.filter(({ row }) => row === run.row).map(purityOf));
      const scores = purities.map((purity) => purity.toFixed(3)).join(", ");
      return { title: `${run.row} (purity at the end: ${scores})`, moments };
    }),
  );
  return drawMoons(
    rows,
    { ...real, count: shown, data: real.data.subarray(0, shown * real.dim) },
    {
      title: "Two moons and the latent mixture",
      text:
        "The same codes in every panel, coloured by the cluster they are drawn from; grey: data; points outside are cut off. Crosses: means, circles: sigma. " +
        `${purityNote(runs)}${await describe(runs)}`,
      command,
      width: 115,
    },
  );
}

const purityNote = (runs: readonly FigureRun[]) =>
  firstSeeds(runs).length < runs.length
    ? "Purities are those of all seeds, in order; pictures are of the first. "
    : "";

/** The first run of every row. */
function firstSeeds(runs: readonly FigureRun[]): FigureRun[] {
  if (runs.length === 0) throw new ArgumentError(expected("at least 1 finished run", "a figure", 0));
  return runs.filter(({ row }, i) => runs.findIndex((run) => run.row === row) === i);
}

/** "Data mnist, recipe paper, 2,500 steps, seed 11." */
async function describe(runs: readonly FigureRun[]): Promise<string> {
  const configs = await Promise.all(runs.map(async ({ training }) => (await readRun(training)).config));
  const each = (name: string, values: (string | number)[]) => {
    const different = [...new Set(values)];
    return `${name}${different.length > 1 ? "s" : ""} ${different.join(", ")}`;
  };
  return `Data ${[...new Set(configs.map(({ data }) => data))].join(", ")}; ${[
    each(
      "recipe",
      configs.map(({ recipe }) => recipe),
    ),
    `steps ${[...new Set(configs.map(({ steps }) => steps.toLocaleString("en-US")))].join(", ")}`,
    each(
      "seed",
      configs.map(({ seed }) => seed),
    ),
  ].join("; ")}.`;
}

async function withModel<T>(bundle: string, use: (model: Model) => Promise<T>): Promise<T> {
  const model = await loadModel(bundle);
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}

async function picturesOf(model: Model, count: number, bundle: string): Promise<ImageBatch> {
  const { images } = await model.generate({ count, seed: NOISE_SEED });
  if (!images) throw new ArgumentError(expected("a model of pictures", bundle, "one of points"));
  return images;
}

/** The mixture's own parameters, [K, d] and [K]. */
async function mixtureOf(model: Model): Promise<{ means: Float32Array; sigmas: Float32Array }> {
  const { input } = model.manifest;
  const none =
    input.kind === "image"
      ? { ...input, count: 0, data: new Uint8Array(0) }
      : { dim: input.dim, count: 0, data: new Float32Array(0) };
  return model.posterior(none);
}

async function momentOf(model: Model, step: number): Promise<MoonsMoment> {
  const { points, latents, clusters } = await model.generate({ count: CODES, seed: NOISE_SEED });
  const { means, sigmas } = await mixtureOf(model);
  if (!points || model.manifest.latentDim !== 2)
    throw new ArgumentError(
      expected("a model of points with 2 latent dimensions", "figure 6", model.manifest.name),
    );
  return { step, points, latents, clusters, means, sigmas };
}

/** The mean of each cluster's pictures; picture i is of cluster i mod `clusters`. */
export function meanPictures(images: ImageBatch, clusters: number): ImageBatch {
  const { count, data } = images;
  const size = data.length / count;
  const sums = new Float64Array(clusters * size);
  for (let at = 0; at < data.length; at++) {
    const cluster = Math.floor(at / size) % clusters;
    sums[cluster * size + (at % size)]! += data[at]!;
  }
  return {
    ...images,
    count: clusters,
    data: Uint8Array.from(sums, (sum) => Math.round(sum / (count / clusters))),
  };
}

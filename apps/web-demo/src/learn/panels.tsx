/** Figure 6 live: what E, D and the mixture hold, beside each other. */

import { computed } from "@preact/signals";
import { type LatentPlane, latentPlane, project } from "../draw/latent-plane.js";
import { drawColumns, type Pictures } from "../draw/pictures.js";
import { drawDots, drawMixture, drawRegions, drawSurface } from "../draw/plane.js";
import { type Draw, Plot } from "../draw/plot.js";
import { squareRange } from "../draw/square-range.js";
import type { Palette } from "../draw/theme.js";
import { dataRange } from "./data-range.js";
import type { Drawn, HeldOut } from "./messages.js";
import { facts, running, view } from "./session.js";

/** Rows of pictures in a column. */
const ROWS = 8;

const range = computed(() => (facts.value ? dataRange(facts.value.heldOut) : undefined));
const isPoints = computed(() => (running.value?.settings.data ?? "moons") === "moons");

const drawEncoder: Draw = (context, width, height, palette) => {
  const [seen, known] = [view.value, facts.value];
  if (!seen || !known) return;
  if (!isPoints.value) {
    drawColumns(
      context,
      width,
      height,
      digits(known.heldOut, 1),
      surest(seen.heldOut, seen.drawn),
      ROWS,
      palette,
    );
    return;
  }
  if (!range.value || !seen.surfaces) return;
  const plane = { context, side: width, range: range.value, palette };
  drawRegions(plane, seen.surfaces.clusters, seen.surfaces.confidence);
  drawDots(plane, known.heldOut, seen.heldOut.clusters, { radius: dotRadius(width) });
};

const drawGenerator: Draw = (context, width, height, palette) => {
  const [seen, known] = [view.value, facts.value];
  if (!seen || !known) return;
  if (!isPoints.value) {
    const { clusters, samples, sigmas } = seen.drawn;
    drawColumns(
      context,
      width,
      height,
      digits(samples, 1),
      byCluster(clusters, sigmas.length),
      ROWS,
      palette,
    );
    return;
  }
  if (!range.value || !seen.surfaces) return;
  const plane = { context, side: width, range: range.value, palette };
  drawSurface(plane, seen.surfaces.critic);
  drawDots(plane, known.heldOut, palette.muted, { radius: dotRadius(width) * 0.7, alpha: 0.55 });
  drawDots(plane, seen.drawn.samples, seen.drawn.clusters, { radius: dotRadius(width) });
};

let plane: LatentPlane | undefined;
let planeOf: unknown;

const drawLatents: Draw = (context, width, _height, palette) => {
  const seen = view.value;
  if (!seen) return;
  const { means, sigmas, latents, clusters } = seen.drawn;
  // One plane for a whole run, so that nothing turns; means that start as one have none until they part.
  if (
    planeOf !== facts.value ||
    !plane ||
    seen.step === 0 ||
    spreadIn(plane, means) < 0.5 * spreadOf(means, sigmas.length)
  )
    plane = latentPlane(means, sigmas.length);
  planeOf = facts.value;
  const [at, codes] = [project(plane, means), project(plane, latents)];
  const most = 2.6 * Math.max(...sigmas);
  const ends = Array.from(at).flatMap((value) => [value - most, value + most]);
  const limits = [0, 1].flatMap((axis) => {
    const values = ends.filter((_, i) => Math.floor(i / 2) % 2 === axis);
    return [Math.min(...values), Math.max(...values)];
  });
  const square = squareRange([limits[0]!, limits[2]!, limits[1]!, limits[3]!], 1);
  const picture = { context, side: width, range: square, palette };
  drawAxes(context, width, palette);
  drawDots(picture, codes, clusters, { radius: dotRadius(width), alpha: 0.45 });
  drawMixture(picture, at, sigmas);
};

function drawAxes(context: CanvasRenderingContext2D, side: number, { faint }: Palette): void {
  context.strokeStyle = faint;
  context.lineWidth = 1;
  context.strokeRect(0.5, 0.5, side - 1, side - 1);
}

/** Share-free measure of how far codes lie apart: the sum of their squares about their middle. */
function spreadOf(means: Float32Array, k: number): number {
  const d = means.length / k;
  let sum = 0;
  for (let j = 0; j < d; j++) {
    let middle = 0;
    for (let i = 0; i < k; i++) middle += means[i * d + j]! / k;
    for (let i = 0; i < k; i++) sum += (means[i * d + j]! - middle) ** 2;
  }
  return sum;
}

/** The same, of what a plane shows. */
function spreadIn(shown: LatentPlane, means: Float32Array): number {
  if (shown.centre.length === 2) return Number.POSITIVE_INFINITY;
  const at = project(shown, means);
  return spreadOf(at, at.length / 2);
}

const dotRadius = (width: number) => Math.max(1.4, width / 190);

/** Digits from values in [-1, 1]. */
function digits(values: Float32Array, channels: 1): Pictures {
  return { height: 8, width: 8, channels, data: values.map((value) => (value + 1) * 127.5) };
}

function byCluster(clusters: Int32Array, k: number): number[][] {
  const columns = Array.from({ length: k }, (): number[] => []);
  clusters.forEach((cluster, i) => {
    columns[cluster]?.push(i);
  });
  return columns;
}

/** Held-out pictures in the columns of their clusters, every n-th from the surest to the least sure. */
function surest({ clusters, confidence }: HeldOut, { sigmas }: Drawn): number[][] {
  return byCluster(clusters, sigmas.length).map((column) => {
    const sorted = column.sort((a, b) => confidence[b]! - confidence[a]!);
    const every = Math.max(1, (sorted.length - 1) / (ROWS - 1));
    return Array.from(
      { length: Math.min(ROWS, sorted.length) },
      (_, row) => sorted[Math.round(row * every)]!,
    );
  });
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function encoderLabel(): string {
  const seen = view.value;
  if (!seen) return "Nothing learned yet";
  const what = isPoints.value
    ? "1,000 held-out points, each in the colour of its cluster, over the regions of the clusters"
    : "Held-out digits, a column for each cluster";
  return `${what}. Purity ${percent(seen.heldOut.purity)} after ${seen.step} steps.`;
}

function generatorLabel(): string {
  return isPoints.value
    ? "Generated points in the colours of their clusters over the real ones, grey; behind them the critic's score"
    : "Generated digits, a column for each cluster";
}

function latentLabel(): string {
  const seen = view.value;
  if (!seen) return "Nothing learned yet";
  const { sigmas } = seen.drawn;
  return `The latent mixture: ${sigmas.length} clusters with sigmas from ${Math.min(...sigmas).toFixed(2)} to ${Math.max(...sigmas).toFixed(2)}`;
}

export function Panels() {
  return (
    <section class="panels" aria-label="The model as it learns">
      <figure>
        <figcaption>
          <h2>E sorts</h2>
          {isPoints.value
            ? "Held-out points in their clusters' colours; regions by E's posterior"
            : "Held-out digits, a column a cluster, the surest at the top"}
        </figcaption>
        <Plot class="square" draw={drawEncoder} label={encoderLabel()} />
      </figure>
      <figure>
        <figcaption>
          <h2>{isPoints.value ? "G draws, D scores" : "G draws"}</h2>
          {isPoints.value
            ? "Generated points over the real ones (grey); the surface is D's score, darker is more real"
            : "Generated digits, a column a cluster"}
        </figcaption>
        <Plot class="square" draw={drawGenerator} label={generatorLabel()} />
      </figure>
      <figure>
        <figcaption>
          <h2>Latent mixture</h2>
          {isPoints.value
            ? "Codes, means, and circles of one and two sigma"
            : "Codes in the plane of the means; circles of one and two sigma"}
        </figcaption>
        <Plot class="square" draw={drawLatents} label={latentLabel()} />
      </figure>
    </section>
  );
}

/** The state of a training as a bundle in memory: graphs, card, picture, manifest. */

import { type BundleFile, type BundleScores, centresText, type FeatureCentres, sha256Hex } from "@mmgan/core";
import { type Bundle, buildBundle, readOnnx } from "@mmgan/export";
import { bundleCard, CENTRES_FILE, GRAPHS } from "../card/card.js";
import type { TrainConfig } from "../config.js";
import type { OnnxRuntime } from "../engines/onnx-runtime.js";
import { modelOf } from "../models/index.js";
import { RIVALS } from "../models/settings/index.js";
import type { PlainState } from "../nets/parameters.js";
import { VERSION } from "../version.js";
import { drawGrid, type EncodePng } from "./draw-grid.js";
import { BUNDLE_OPSET, type BundleGraphs, traceBundleGraphs } from "./trace-bundle.js";

/** What whoever exports says of a bundle. */
export interface BundleNotes {
  /** The model's name. Default "mmgan". */
  name?: string | undefined;
  /** Licence of the weights. Default "unspecified": whoever trains decides. */
  license?: string | undefined;
  /** For the card: the command that trains the same. */
  command?: string | undefined;
  /** For the card: a sentence or two, e.g. on the machine and the choice of the seed. */
  note?: string | undefined;
}

/** A training at one moment. */
export interface TrainedState {
  readonly config: TrainConfig;
  readonly state: PlainState;
  /** Steps done. */
  readonly step: number;
  /** Images or points seen. */
  readonly cursor: number;
  /** Figures of the last window of steps. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Minutes of all steps; undefined where nobody counted. */
  readonly minutes: number | undefined;
  /** For the card: what ran the steps. */
  readonly engine: string;
}

/** What only the finished graphs tell. */
export interface BundleFindings {
  readonly scores?: BundleScores | undefined;
  readonly centres?: FeatureCentres | undefined;
}

/**
 * Traces the graphs and draws the picture once, for a bundle with scores and centres or without.
 *
 * @param encodePng - without it the bundle has no grid.png
 */
export async function bundleBuilder(
  { config, state, step, cursor, metrics, minutes, engine }: TrainedState,
  { name = "mmgan", license = "unspecified", command, note }: BundleNotes,
  runtime: OnnxRuntime,
  encodePng?: EncodePng,
): Promise<(found?: BundleFindings) => Promise<Bundle>> {
  const graphs = traceBundleGraphs(config, state);
  const { latentDim } = modelOf(config).bundle(config, state);
  const grid = encodePng && (await drawGrid(runtime, encodePng, config, graphs, latentDim));
  const common = {
    name,
    clusters: config.clusters,
    latentDim,
    input: config.input,
    training: {
      data: config.data,
      recipe: config.recipe,
      loss: config.model === "mmgan" ? config.loss : RIVALS[config.model].objective,
      steps: step,
      seed: config.seed,
      images: Math.max(1, cursor),
      metrics,
      ...(minutes === undefined ? {} : { minutes }),
      ...(command === undefined ? {} : { command }),
    },
    license,
    tool: { name: "mmgan", version: VERSION },
  };
  return async ({ scores, centres } = {}) => {
    const card = bundleCard({
      ...common,
      ...{ engine, scores, note, hasGrid: grid !== undefined },
      model: config.model,
      training: {
        ...common.training,
        split: config.split,
        ...(config.model === "mmgan" && { pairing: config.pairing }),
      },
      files: await cardFiles(graphs, grid, centres),
      ports: {
        encoder: readOnnx(graphs.encoder),
        generator: readOnnx(graphs.generator),
        mixture: readOnnx(graphs.mixture),
      },
    });
    return buildBundle({
      manifest: { kind: config.model, ...common, opset: BUNDLE_OPSET, ...(scores ? { scores } : {}) },
      ...graphs,
      card,
      ...(grid ? { grid } : {}),
      ...(centres ? { centres } : {}),
    });
  };
}

/** Name, size and SHA-256 of what the card lists: everything but itself and the manifest that names its own hash. */
async function cardFiles(
  graphs: BundleGraphs,
  grid: Uint8Array | undefined,
  centres: FeatureCentres | undefined,
): Promise<BundleFile[]> {
  const files: [string, Uint8Array][] = GRAPHS.map((graph) => [`${graph}.onnx`, graphs[graph]]);
  if (grid) files.push(["grid.png", grid]);
  if (centres) files.push([CENTRES_FILE, new TextEncoder().encode(centresText(centres))]);
  return Promise.all(
    files.map(async ([path, bytes]) => ({ path, sha256: await sha256Hex(bytes), bytes: bytes.length })),
  );
}

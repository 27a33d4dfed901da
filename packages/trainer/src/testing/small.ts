/** Tests only: small configs, data and runs. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@mmgan/core";
import type { MmganConfig, RivalConfig, Settings } from "../config.js";
import type { Dataset } from "../data/index.js";
import type { AllSettings } from "../models/settings/fields.js";
import type { RivalName } from "../models/settings/index.js";
import { resolveConfig } from "../recipes.js";

/** `count` pictures of `classes` kinds: a bright bar whose row tells the kind, with noise. */
export function barImages(count = 60, size = 8, classes = 3, channels: 1 | 3 = 1): Dataset {
  const noise = new Rng({ seed: 9, stream: "test/bars" }).uniform(count * size * size * channels);
  const pixels = Uint8Array.from(noise, (u, i) => {
    const image = Math.floor(i / (size * size * channels));
    const row = Math.floor(i / (size * channels)) % size;
    return Math.floor(u * 60) + (Math.floor((row * classes) / size) === image % classes ? 180 : 0);
  });
  const image = { height: size, width: size, channels };
  return { name: "bars", kind: "image", split: "train", count, image, pixels, fit: "stretch" };
}

/** A config small enough for tfjs's cpu backend. */
export function smallConfig(
  overrides: Partial<Settings> = {},
  {
    dataset = barImages(),
    clusters = 3,
    seed = 5,
  }: { dataset?: Dataset; clusters?: number; seed?: number } = {},
): MmganConfig {
  const input =
    dataset.kind === "image"
      ? ({
          kind: "image",
          ...dataset.image!,
          channels: dataset.image!.channels as 1 | 3,
          fit: dataset.fit,
        } as const)
      : ({ kind: "point", dim: dataset.dim! } as const);
  return resolveConfig({
    data: dataset.name,
    clusters,
    count: dataset.count,
    input,
    seed,
    overrides: {
      steps: 8,
      batch: 12,
      ganBatch: 6,
      filters: 4,
      latentDim: 5,
      encoderSteps: 2,
      starts: 1,
      walk: 0,
      informationEvery: 2,
      r1Every: 2,
      ...overrides,
    },
  });
}

/** A rival's config as small. */
export function smallRival<M extends RivalName>(
  model: M,
  overrides: Partial<AllSettings> = {},
  dataset: Dataset = barImages(),
): RivalConfig<M> {
  const { input, clusters, seed } = smallConfig({}, { dataset });
  const tiny = { steps: 6, batch: 12, filters: 4, latentDim: 3 };
  const own = {
    gmvae: { contextDim: 2, priorWidth: 5 },
    aae: { criticWidth: 6 },
    clustergan: { criticSteps: 2 },
    gmgan: { r1: 1, r1Every: 2 },
    deligan: { r1: 1, r1Every: 2 },
    infogan: { r1: 1, r1Every: 2 },
  }[model as RivalName] as Partial<AllSettings>;
  return resolveConfig({
    ...{ model: model as RivalName, data: dataset.name, clusters, count: dataset.count, input, seed },
    overrides: { ...tiny, ...own, ...overrides },
  }) as unknown as RivalConfig<M>;
}

/** A new folder, gone after `use`. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mmgan-test-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

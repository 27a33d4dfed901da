import type { BundleScores } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { bundleCard, type CardFacts } from "./card.js";

const port = (name: string, type: "float32" | "int64" | "uint8", ...dims: (string | number)[]) => ({
  name,
  type,
  dims: ["batch", ...dims],
});
const facts: CardFacts = {
  name: "things",
  model: "mmgan",
  clusters: 3,
  latentDim: 4,
  input: { kind: "image", height: 8, width: 8, channels: 1, fit: "contain" },
  license: "MIT",
  engine: "onnx",
  tool: { name: "mmgan", version: "9.9.9" },
  hasGrid: true,
  training: {
    ...{ data: "digits", split: "train", recipe: "default", loss: "crasgan", pairing: "soft" },
    ...{ steps: 20, seed: 5, images: 640, metrics: {}, minutes: 1.27, command: "mmgan train --data digits" },
  },
  files: [{ path: "encoder.onnx", bytes: 12, sha256: "ab".repeat(32) }],
  ports: {
    encoder: { inputs: [port("images", "uint8", 8, 8, 1)], outputs: [port("cluster", "int64")] },
    generator: { inputs: [port("latent", "float32", 4)], outputs: [port("images", "uint8", 8, 8, 1)] },
    mixture: { inputs: [port("cluster", "int64")], outputs: [port("latent", "float32", 4)] },
  },
};
const row = { n: 1500, purity: 0.8125, accuracy: 0.75, nmi: 0.7004, ari: 0.6 };
const scores: BundleScores = {
  ...{ data: "digits", split: "test" },
  whole: row,
  first: { ...row, n: 1000, purity: 0.9 },
  baselines: { "k-means": { ...row, purity: 0.5 } },
  clusters: [
    { n: 900, className: "7", ofClass: 600 },
    { n: 0, ofClass: 0 },
    { n: 600, className: "1", ofClass: 600 },
  ],
};

describe("a card", () => {
  it("names data with licence and source, settings, time and command", () => {
    const card = bundleCard(facts);
    expect(card).toContain("grey pictures of 8x8 pixels into 3 clusters");
    expect(card).toContain("Licence: CC BY 4.0.");
    expect(card).toContain("1438 samples of the split `train`");
    expect(card).toContain("| time | 1.3 minutes for the steps |");
    expect(card).toContain("\n    mmgan train --data digits\n");
    expect(card).toContain("| made by | mmgan 9.9.9, engine `onnx` |");
    expect(card).toContain(`| encoder.onnx | 12 | \`${"ab".repeat(32)}\` |`);
    expect(card).toContain("| mixture.onnx | out | `latent` | float32 | [batch, 4] |");
  });

  it("of a rival names it, its paper and what its latents are", () => {
    const card = bundleCard({
      ...facts,
      model: "clustergan",
      training: { ...facts.training, loss: "wgan-gp", pairing: undefined },
    } as CardFacts);
    expect(card).toContain(
      "ClusterGAN ([Mukherjee et al. 2019](https://arxiv.org/abs/1809.03627)) that sorts",
    );
    expect(card).toContain("| recipe | `default`: loss `wgan-gp` |");
    expect(card).toContain("the first K numbers name the cluster");
    expect(card).not.toContain("MMGAN (");
  });

  it("says that it was not scored, where it was not", () => {
    const card = bundleCard(facts);
    expect(card).not.toContain("## Scores");
    expect(card).toContain("- Not scored. `mmgan evaluate things --data DATA`");
  });

  it("shows scores with three digits beside the baseline's, and how to measure them again", () => {
    const card = bundleCard({ ...facts, scores });
    expect(card).toContain("| this model | 1500 | 0.813 | 0.750 | 0.700 | 0.600 |");
    expect(card).toContain("| k-means | 1500 | 0.500 | 0.750 | 0.700 | 0.600 |");
    expect(card).toContain("| this model, the first 1000 | 1000 | 0.900 |");
    expect(card).toContain("    mmgan evaluate things --data digits --split test --limit 1000\n");
    expect(card).not.toContain("Not scored");
  });

  it("shows the class of each cluster, and names the classes that have none", () => {
    const card = bundleCard({ ...facts, scores });
    expect(card).toContain("| 0 | 900 | 7 | 0.67 |"); // 600 / 900
    expect(card).toContain("| 1 | 0 | - | - |");
    expect(card).toContain("| 2 | 600 | 1 | 1.00 |");
    expect(card).toContain("No cluster is mostly of class 0, 2, 3, 4, 5, 6, 8, 9.");
  });

  it("states once what the whole split and its first samples share", () => {
    const card = bundleCard({ ...facts, scores: { ...scores, first: row } });
    expect(card).not.toContain("--limit");
    expect(card).not.toContain("this model, the first");
  });

  it("of points speaks of points, and shows no picture where there is none", () => {
    const card = bundleCard({ ...facts, input: { kind: "point", dim: 2 }, hasGrid: false });
    expect(card).toContain("points of 2 coordinates");
    expect(card).not.toContain("grid.png)");
    expect(card).not.toMatch(/resizes|of another size/);
    expect(card).toContain('generator.run(["points"], {"latent": latent})');
  });

  it("of a folder claims no licence", () => {
    const card = bundleCard({ ...facts, training: { ...facts.training, data: "my photos", split: "all" } });
    expect(card).toContain("The folder `my photos` (all split). Its licence is not known to mmgan.");
  });

  it("says what whoever exported it wants to be said, and nothing undefined", () => {
    expect(bundleCard({ ...facts, note: "Made on a toaster." })).toContain("\n\nMade on a toaster.\n\n");
    for (const text of [bundleCard(facts), bundleCard({ ...facts, scores })])
      expect(text).not.toMatch(/undefined|NaN|\[object|false/);
  });
});

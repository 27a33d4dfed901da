/** Every model in models/: whole, small enough, as good as its card says, and drawing what its picture shows. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DataMissingError, samplePicture, samplesShown, sha256Hex } from "@mmgan/core";
import { listModels } from "@mmgan/models";
import { inspectBundle, loadModel } from "@mmgan/runtime-node";
import { loadDataset } from "@mmgan/trainer";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { mustRun } from "../cli/tiny.js";
import { skipOutsideCi } from "../needs.js";

const MAX_BYTES = 4 * 2 ** 20;
const SCORES = ["purity", "accuracy", "nmi", "ari"] as const;
/** A dot of a scatter plot may fall one pixel aside where sums are ordered otherwise: 5 pixels of a row at each end. */
const MOVED_DOTS = 20;

describe.each(await listModels())("models/$name", ({ name, path, bytes, manifest }) => {
  const card = readFileSync(join(path, "card.md"), "utf8");
  const { scores, training, input, clusters, files } = manifest;

  it("is in the list of models/README.md", () => {
    const readme = readFileSync(join(path, "../README.md"), "utf8");
    expect(readme).toContain(`| \`${name}\` | [`);
    expect(readme).toContain(`](${name}/card.md) |`);
  });

  it("has at most 4 MB", () => {
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
  });

  it("is whole: every file has its SHA-256, in the card too, and every graph its ports", async () => {
    const { graphs } = await inspectBundle(path);
    for (const { path: file, sha256 } of [
      files.encoder,
      files.generator,
      files.mixture,
      files.grid!,
      files.centres!,
    ]) {
      expect(await sha256Hex(readFileSync(join(path, file)))).toBe(sha256);
      expect(card).toMatch(
        new RegExp(`^\\| ${file.replace(".", "\\.")} \\| \\d+ \\| \`${sha256}\` \\|$`, "m"),
      );
    }
    for (const [graph, { inputs, outputs }] of Object.entries(graphs))
      for (const [side, ports] of [
        ["in", inputs],
        ["out", outputs],
      ] as const)
        for (const port of ports)
          expect(card).toContain(
            `| ${graph}.onnx | ${side} | \`${port.name}\` | ${port.type} | [${port.dims.join(", ")}] |`,
          );
  });

  it("has a card that says what, from what, how, and how well", () => {
    const headings = [...card.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([
      ...[name, "Data", "Training", "Scores", "Clusters", "Limits", "Files", "Examples"],
    ]);
    expect(training.command).toMatch(new RegExp(`--seed ${training.seed} --out RUN$`));
    expect(card).toContain(`    ${training.command}\n`);
    expect(card).toContain(`| time | ${training.minutes!.toFixed(1)} minutes`);
    expect(card).toMatch(/Licence: /);
    expect(card).toContain("![");
    expect(manifest.license).toBe("MIT");
    for (const language of ["ts", "python", "js", "csharp", "rust"])
      expect(card).toContain(`\`\`\`${language}\n`);
  });

  it("states the scores of the manifest, k-means beside, and what each cluster holds", () => {
    const row = (title: string, of: NonNullable<typeof scores>["whole"]) =>
      `| ${[title, of.n, ...SCORES.map((score) => of[score].toFixed(3))].join(" | ")} |`;
    expect(card).toContain(row("this model", scores!.whole));
    if (scores!.first.n < scores!.whole.n)
      expect(card).toContain(row(`this model, the first ${scores!.first.n}`, scores!.first));
    expect(card).toContain(row("k-means", scores!.baselines["k-means"]!));
    expect(scores!.clusters).toHaveLength(clusters);
    expect(scores!.clusters.reduce((sum, { n }) => sum + n, 0)).toBe(scores!.whole.n);
    // Purity is the share of samples that have their cluster's most frequent class.
    const pure = scores!.clusters.reduce((sum, { ofClass }) => sum + ofClass, 0);
    expect(pure / scores!.whole.n).toBeCloseTo(scores!.whole.purity, 12);
  });

  it("scores today what its card says, by `mmgan evaluate`, on the first 1,000 held-out samples", async (context) => {
    try {
      await loadDataset(scores!.data, { split: "test", labels: true });
    } catch (error) {
      if (!(error instanceof DataMissingError)) throw error;
      skipOutsideCi(context, error.message);
    }
    const { n } = scores!.first;
    const { stdout } = await mustRun(["evaluate", name, "--limit", "1000", "--json"]);
    const measured = JSON.parse(stdout) as Record<string, number>;
    expect(measured.n).toBe(n);
    for (const score of SCORES) expect(measured[score]!.toFixed(3)).toBe(scores!.first[score].toFixed(3));
  });

  it("draws grid.png again", async () => {
    const model = await loadModel(path, { device: "cpu", threads: 1 });
    try {
      const count = samplesShown(input.kind, clusters);
      const sample = await model.generate({ count, seed: training.seed });
      const drawn = samplePicture(sample, { columns: clusters });
      const golden = await sharp(join(path, "grid.png"))
        .toColourspace(drawn.channels === 1 ? "b-w" : "srgb")
        .raw()
        .toBuffer({ resolveWithObject: true });
      const { width, height, channels } = golden.info;
      expect([width, height, channels]).toEqual([drawn.width, drawn.height, drawn.channels]);
      const apart = drawn.data.reduce((sum, v, i) => sum + (Math.abs(v - golden.data[i]!) > 1 ? 1 : 0), 0);
      expect(apart).toBeLessThanOrEqual(input.kind === "image" ? 0 : MOVED_DOTS * 10 * channels);
      expect(new Set(drawn.data).size).toBeGreaterThan(1);
    } finally {
      await model.dispose();
    }
  });
});

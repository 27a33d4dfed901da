/** card.md of a bundle: what a person reads before using it. */

import type { TrainConfig } from "./config.js";

export interface CardTraining {
  steps: number;
  seed: number;
  images: number;
  metrics: Record<string, number>;
}

/** The card's text, Markdown. */
export function bundleCard(
  name: string,
  config: TrainConfig,
  engine: string,
  training: CardTraining,
): string {
  const { input, clusters: k, latentDim: d } = config;
  const [data, shape] =
    input.kind === "image"
      ? ["images", `uint8 [batch, ${input.height}, ${input.width}, ${input.channels}], 0..255`]
      : ["points", `float32 [batch, ${input.dim}]`];
  return `# ${name}

MMGAN (Pandeva & Schubert 2019, arXiv:1911.06663) with ${k} clusters, trained without labels on \`${config.data}\`
(${config.split} split), recipe \`${config.recipe}\`, loss \`${config.loss}\`, pairing \`${config.pairing}\`, ${training.steps} steps, seed ${training.seed},
engine \`${engine}\`. ${training.images} ${data} were seen in training, repeats counted.

| file | inputs | outputs |
|---|---|---|
| encoder.onnx | ${data} ${shape} | logits float32 [batch, ${k}]; probabilities float32 [batch, ${k}]; cluster int64 [batch]; features float32 [batch, F] |
| generator.onnx | latent float32 [batch, ${d}] | ${data} ${shape} |
| mixture.onnx | cluster int64 [batch], 0..${k - 1}; noise float32 [batch, ${d}], N(0, 1) | latent float32 [batch, ${d}]; means float32 [${k}, ${d}]; sigmas float32 [${k}] |

To generate: mixture.onnx turns clusters and noise into latents, generator.onnx turns latents into ${data}.
${input.kind === "image" ? `Pictures of another size were fitted to ${input.width}x${input.height} by \`${input.fit}\`; do the same before clustering.\n` : ""}
The numbers of the clusters carry no meaning, and nothing was learned about anything but the data above. Labels were never
read in training; \`mmgan evaluate\` scores this bundle against labelled data.
`;
}

/** card.md of a bundle: what a person reads before using it. */

import type { BundleFile, BundleScores, Manifest } from "@mmgan/core";
import type { OnnxPort } from "@mmgan/export";
import type { ModelName, RecipeName } from "../config.js";
import { datasetInfo, isDatasetName } from "../data/catalogue.js";
import { RIVALS } from "../models/settings/index.js";
import type { ModelSettings } from "../models/settings/model-settings.js";
import { clusterTable, scoresSection } from "./card-scores.js";
import { exampleSection } from "./examples.js";
import { lines, table } from "./markdown.js";

/** Beside the graphs: FeatureCentres of core. */
export const CENTRES_FILE = "centres.json";
const CENTRES_NOTE = `\`${CENTRES_FILE}\`: for each cluster, the mean of the training samples in the encoder's feature space and how their distances
to it are spread. By it \`mmgan cluster\` tells outliers. No label went in.`;

export const GRAPHS = ["encoder", "generator", "mixture"] as const;
export type GraphName = (typeof GRAPHS)[number];

/** Everything a card states. The manifest's, but for the card's own entry, and what the graphs declare. */
export interface CardFacts extends Pick<Manifest, "name" | "clusters" | "latentDim" | "input" | "license"> {
  readonly model: ModelName;
  /** `pairing` is MMGAN's. */
  readonly training: Manifest["training"] & { readonly split: string; readonly pairing?: string };
  readonly engine: string;
  readonly tool: Manifest["tool"];
  readonly scores?: BundleScores;
  /** Files in the order shown. */
  readonly files: readonly BundleFile[];
  readonly ports: Readonly<
    Record<GraphName, { readonly inputs: readonly OnnxPort[]; readonly outputs: readonly OnnxPort[] }>
  >;
  readonly hasGrid: boolean;
  /** A sentence or two of whoever exports, e.g. on what machine it was trained and how the seed was chosen. */
  readonly note?: string;
}

/** The card's text, Markdown. The same facts give the same text. */
export function bundleCard(facts: CardFacts): string {
  return `${lines([
    `# ${facts.name}`,
    summary(facts),
    facts.hasGrid && gridPicture(facts),
    dataSection(facts),
    trainingSection(facts),
    scoresSection(facts),
    facts.scores && clusterTable(facts.scores),
    limitsSection(facts),
    filesSection(facts),
    exampleSection(facts),
  ])}\n`;
}

function things({ input }: Pick<CardFacts, "input">): string {
  if (input.kind === "point") return `points of ${input.dim} coordinates`;
  return `${input.channels === 1 ? "grey" : "RGB"} pictures of ${input.width}x${input.height} pixels`;
}

const rivalOf = ({ model }: CardFacts): ModelSettings | undefined =>
  model === "mmgan" ? undefined : RIVALS[model];

const MMGAN = {
  title: "MMGAN",
  source: { text: "Pandeva & Schubert 2019", url: "https://arxiv.org/abs/1911.06663" },
};

const summary = (facts: CardFacts) => {
  const { title, source } = rivalOf(facts) ?? MMGAN;
  return `${title} ([${source.text}](${source.url})) that sorts ${things(facts)} into ${facts.clusters} clusters and
draws new ones of each. It was trained without labels. Three ONNX graphs, raw ${facts.input.kind === "image" ? "pixels" : "coordinates"} in and out, for any
language that ONNX Runtime has.`;
};

function gridPicture({ name, training, input }: CardFacts): string {
  const what = input.kind === "image" ? "A column per cluster" : "A colour for each cluster";
  return lines([
    `![${what}](grid.png)`,
    `${what}, drawn by the model itself, none left out: \`mmgan generate --model ${name} --seed ${training.seed} --out grid.png\`.`,
  ]);
}

function dataSection({ training }: CardFacts): string {
  const { data, split } = training;
  if (!isDatasetName(data))
    return lines(["## Data", `The folder \`${data}\` (${split} split). Its licence is not known to mmgan.`]);
  const { title, licence, citation, homepage, counts } = datasetInfo(data);
  return lines([
    "## Data",
    `${title}; ${counts[split as "train"]} samples of the split \`${split}\`, without labels. Licence: ${licence}.`,
    `${citation}. ${homepage}`,
  ]);
}

function trainingSection(facts: CardFacts): string {
  const { training, engine, tool, clusters, latentDim, license, note } = facts;
  const { recipe, loss, pairing, steps, seed, images, minutes, command } = training;
  const rows = [
    ["recipe", `\`${recipe}\`: loss \`${loss}\`${pairing === undefined ? "" : `, pairing \`${pairing}\``}`],
    ["clusters, latent dimension", `${clusters}, ${latentDim}`],
    ["steps, seed", `${steps}, ${seed}`],
    ["samples seen", `${images}, repeats counted`],
    ["time", minutes === undefined ? "not recorded" : `${minutes.toFixed(1)} minutes for the steps`],
    ["made by", `${tool.name} ${tool.version}, engine \`${engine}\``],
    ["licence of the weights", license],
  ];
  return lines([
    "## Training",
    table(["", ""], rows),
    command && `    ${command}`,
    rivalOf(facts)?.about[recipe as RecipeName] ??
      (recipe === "paper"
        ? "`paper` is Algorithm 1 of the paper alone."
        : "`default` adds an information term and walks on a graph of near neighbours to the paper's objective."),
    note,
  ]);
}

function limitsSection({ input, clusters, scores, name }: CardFacts): string {
  const image = input.kind === "image";
  const absent = scores ? classesWithoutCluster(scores) : [];
  return lines([
    "## Limits",
    [
      `- It knows its data and nothing else: whatever goes in comes out in one of the ${clusters} clusters.`,
      "- The numbers of the clusters carry no meaning. Clusters need not be what you would call classes.",
      absent.length > 0 && `- No cluster is mostly of class ${absent.join(", ")}.`,
      image &&
        `- Pictures of another size must be brought to ${input.width}x${input.height} by \`${input.fit}\` first, and look like the data: \`mmgan cluster\` resizes, no more.`,
      `- Drawn ${image ? "pictures" : "points"} are not checked: one may be of another class than its column.`,
      "- One seed of one recipe: another seed gives other clusters and other scores.",
      scores === undefined &&
        `- Not scored. \`mmgan evaluate ${name} --data DATA\` scores it on labelled data.`,
    ]
      .filter(Boolean)
      .join("\n"),
  ]);
}

/** Classes that are the most frequent one of no cluster. Known from the table where at least one sample has them. */
function classesWithoutCluster({ data, clusters }: BundleScores): string[] {
  if (!isDatasetName(data)) return [];
  const found = new Set(clusters.map(({ className }) => className));
  return datasetInfo(data).classNames.filter((name) => !found.has(name));
}

const fileRow = ({ path, bytes, sha256 }: BundleFile) => [path, `${bytes}`, `\`${sha256}\``];

/** A card that lists centres.json, in the place of an older one. */
export function withCentresFile(card: string, file: BundleFile): string {
  const row = `| ${fileRow(file).join(" | ")} |\n`;
  const old = card.replace(new RegExp(`^\\| ${CENTRES_FILE.replace(".", "\\.")} \\|.*\\n`, "m"), "");
  const note = old.includes(CENTRES_NOTE) ? "" : `\n${CENTRES_NOTE}\n`;
  return old.replace(/^## Files\n\n(\|.*\n)+/m, (section) => `${section}${row}${note}`);
}

function filesSection(facts: CardFacts): string {
  const { files, ports, input } = facts;
  const rows = GRAPHS.flatMap((graph) =>
    (["inputs", "outputs"] as const).flatMap((side) =>
      ports[graph][side].map(({ name, type, dims }) => [
        `${graph}.onnx`,
        side === "inputs" ? "in" : "out",
        `\`${name}\``,
        type,
        `[${dims.join(", ")}]`,
      ]),
    ),
  );
  const [data, range] =
    input.kind === "image" ? ["images", "0..255, rows from the top"] : ["points", "as in the data"];
  return lines([
    "## Files",
    table(["file", "bytes", "SHA-256"], files.map(fileRow)),
    files.some(({ path }) => path === CENTRES_FILE) && CENTRES_NOTE,
    table(["graph", "", "name", "type", "shape"], rows),
    rivalOf(facts) &&
      "`latent`: the first K numbers name the cluster (1000 at its place, 0 elsewhere), the others are noise, N(0, 1).",
    `\`${data}\`: ${range}. \`noise\`: N(0, 1). \`cluster\`: 0..K-1. To draw: mixture.onnx turns clusters and noise into latents, generator.onnx
turns latents into ${data}. Opset 17, IR version 8.`,
  ]);
}

/** A card's scores: the model beside its baselines, and what each cluster holds. */

import type { BundleScores } from "@mmgan/core";
import type { CardFacts } from "./card.js";
import { lines, table } from "./markdown.js";

/** As `mmgan evaluate` prints them. */
const digits = (score: number) => score.toFixed(3);

/** Purity, accuracy, NMI and ARI beside the baselines; nothing for a bundle that was not scored. */
export function scoresSection({ name, scores }: CardFacts): string | undefined {
  if (scores === undefined) return undefined;
  const { data, split, whole, first, baselines } = scores;
  const row = (title: string, { n, purity, accuracy, nmi, ari }: BundleScores["whole"]) => [
    title,
    `${n}`,
    ...[purity, accuracy, nmi, ari].map(digits),
  ];
  const option = /\s/.test(data) ? `'${data}'` : data;
  const command = `    mmgan evaluate ${name} --data ${option} --split ${split}`;
  const partly = first.n < whole.n;
  return lines([
    "## Scores",
    `On the samples of \`${data}\`, split \`${split}\`. Their labels were read here, after the training, for nothing else.`,
    table(
      ["", "samples", "purity", "accuracy", "NMI", "ARI"],
      [
        row("this model", whole),
        ...Object.entries(baselines).map(([title, baseline]) => row(title, baseline)),
        ...(partly ? [row(`this model, the first ${first.n}`, first)] : []),
      ],
    ),
    "Accuracy is one-to-one (Hungarian). k-means is fitted, in ten starts, to the very samples it is scored on, which the model never\nsaw. To measure again:",
    partly ? `${command}\n${command} --limit ${first.n}` : command,
  ]);
}

/** What each cluster holds of the labelled samples. */
export function clusterTable({ clusters, split }: BundleScores): string {
  const share = (part: number, whole: number) => (part / whole).toFixed(2);
  return lines([
    "## Clusters",
    table(
      ["cluster", `samples of \`${split}\``, "most frequent class", "its share"],
      clusters.map(({ n, className, ofClass }, k) => [
        `${k}`,
        `${n}`,
        className ?? "-",
        n === 0 ? "-" : share(ofClass, n),
      ]),
    ),
  ]);
}

/** `mmgan outliers`: the pictures that fit their clusters least. */

import type { Command } from "commander";
import { jsonOption, numberOption, RESULTS_ARGUMENT } from "../options.js";
import { printResult, textTable } from "../output.js";

interface OutliersOptions {
  top?: number;
  cluster?: number;
  json?: boolean;
}

export function registerOutliers(program: Command): void {
  program
    .command("outliers")
    .description(
      "List the pictures that fit their clusters least: farthest from the centre or, where the model has no centres, least sure.",
    )
    .argument("<results>", RESULTS_ARGUMENT)
    .addOption(numberOption("--top <n>", "pictures", { min: 1, max: 1_000_000, integer: true }, "20"))
    .addOption(
      numberOption("--cluster <k>", "of this cluster alone", { min: 0, max: 1e6, integer: true }, "all"),
    )
    .addOption(jsonOption())
    .action(outliers);
}

async function outliers(results: string, { json, ...options }: OutliersOptions): Promise<void> {
  const { findOutliers } = await import("@mmgan/results");
  const { measure, marked, rows } = await findOutliers(results, options);
  const pictures = rows.map(({ probabilities: _, ...row }) => row);
  await printResult(json, { results, measure, marked, pictures }, () => {
    const figure = (x: number | null) => (x === null ? "-" : x.toFixed(3));
    const byDistance = measure === "distance";
    return [
      textTable([
        [
          "path",
          "cluster",
          byDistance ? "distance" : "probability",
          byDistance ? "percentile" : "entropy",
          "",
        ],
        ...rows.map((row) => [
          row.path,
          row.name ?? `${row.cluster}`,
          figure(byDistance ? row.distance : row.probability),
          figure(byDistance ? row.percentile : row.entropy),
          row.outlier ? "outlier" : "",
        ]),
      ]),
      byDistance
        ? `${marked} pictures lie farther out than training samples do`
        : "by probability: the model that made these results has no centres (mmgan centres adds them)",
    ].join("\n");
  });
}

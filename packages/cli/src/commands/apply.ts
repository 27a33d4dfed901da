/** `mmgan apply`: corrections made in the gallery become results, and folders. */

import { type Command, Option } from "commander";
import { jsonOption, RESULTS_ARGUMENT, rootOption } from "../options.js";
import { printResult } from "../output.js";
import { type SortArguments, sortOptions, sortText, sortTo, wantedSort } from "../sort-to.js";

interface ApplyOptions extends SortArguments {
  out?: string;
  root?: string;
  json?: boolean;
}

export function registerApply(program: Command): void {
  const command = program
    .command("apply")
    .description(
      "Write results with the corrections that were saved in the gallery: names, and pictures moved.",
    )
    .argument("<corrections>", "corrections.json, as the gallery saves it")
    .argument("<results>", RESULTS_ARGUMENT)
    .addOption(
      new Option(
        "--out <file>",
        "results to write: .csv, .jsonl or .parquet (default: results.corrected.csv beside results.csv, which stays)",
      ),
    );
  for (const option of sortOptions()) command.addOption(option);
  command.addOption(rootOption()).addOption(jsonOption()).action(apply);
}

async function apply(corrections: string, results: string, options: ApplyOptions): Promise<void> {
  const { applyCorrections, readCorrections } = await import("@mmgan/results");
  const applied = await applyCorrections(results, await readCorrections(corrections), options.out);
  const wanted = wantedSort(options);
  const { root, yes } = options;
  const sorted = wanted ? await sortTo(applied.out, wanted, { root, yes }) : undefined;
  await printResult(options.json, { ...applied, ...(sorted && { sorted }) }, () =>
    [
      `${applied.moved} of ${applied.rows} pictures moved, ${Object.keys(applied.names).length} clusters have a name; ${applied.out}`,
      ...(sorted ? [sortText(sorted)] : []),
    ].join("\n"),
  );
}

/** `mmgan sort`: a folder for every cluster of a results file, and back. */

import { ArgumentError, expected } from "@mmgan/core";
import type { SortMode } from "@mmgan/results";
import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { jsonOption, RESULTS_ARGUMENT, rootOption } from "../options.js";
import { printResult } from "../output.js";
import { type Progress, startProgress } from "../progress.js";
import { type SortArguments, sortOptions, sortText, sortTo, wantedSort } from "../sort-to.js";

interface SortCommandOptions extends SortArguments {
  undo?: string;
  root?: string;
  json?: boolean;
}

export function registerSort(program: Command): void {
  const command = program
    .command("sort")
    .description(
      "Make a folder of every cluster of a results file, named after it. mmgan sort --undo takes it back.",
    )
    .argument("[results]", `${RESULTS_ARGUMENT}; without it, --undo`);
  for (const option of sortOptions()) command.addOption(option);
  command
    .addOption(
      new Option(
        "--undo <journal>",
        "mmgan-sort.jsonl of a sorted folder: moves pictures back, removes copies and links (default: none)",
      ),
    )
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(sort);
}

async function sort(results: string | undefined, options: SortCommandOptions): Promise<void> {
  const { undo, json, root } = options;
  const wanted = wantedSort(options);
  if ((undo === undefined) === (wanted === undefined) || (wanted && results === undefined))
    throw new ArgumentError(
      expected(
        "results with one of --copy-to, --link-to, --move-to, or --undo alone",
        "mmgan sort",
        undo === undefined ? "none of them" : "both",
      ),
    );
  if (undo !== undefined) return undoTo(undo, json);
  const summary = await sortTo(results!, wanted!, { root, yes: options.yes });
  await printResult(json, summary, () => sortText(summary));
}

const DONE: Readonly<Record<SortMode, string>> = {
  copy: "copies removed",
  link: "links removed",
  move: "pictures moved back",
};

async function undoTo(journal: string, json: boolean | undefined): Promise<void> {
  const { undoSort } = await import("@mmgan/results");
  let progress: Progress | undefined;
  try {
    const summary = await interruptible("run it again to go on", (signal) =>
      undoSort(journal, {
        signal,
        onPicture: (done, total) => {
          progress ??= startProgress({ label: "undoing", unit: "pictures", total });
          progress.update(done);
        },
      }),
    );
    progress?.stop();
    const { mode, pictures, left } = summary;
    await printResult(json, summary, () =>
      [
        ...left.map(({ path, reason }) => `left: ${path}: ${reason}`),
        `${pictures} ${DONE[mode]}${left.length > 0 ? `, ${left.length} left as they are` : ""}`,
      ].join("\n"),
    );
  } finally {
    progress?.stop();
  }
}

/** `mmgan duplicates`: pictures that are the same, or nearly. */

import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { modelFolder } from "../model-folder.js";
import {
  deviceOption,
  jsonOption,
  numberOption,
  RESULTS_ARGUMENT,
  rootOption,
  threadsOption,
} from "../options.js";
import { printResult } from "../output.js";
import { type Progress, startProgress } from "../progress.js";

interface DuplicatesOptions {
  model?: string;
  within?: number;
  root?: string;
  device?: "auto" | "cpu" | "webgpu" | "cuda";
  threads?: number;
  json?: boolean;
}

/** Share of the median distance to a cluster's mean below which two pictures are near. */
const WITHIN = 0.1;
/** Groups shown to people. */
const SHOWN = 20;

export function registerDuplicates(program: Command): void {
  program
    .command("duplicates")
    .description(
      "Group pictures whose files are equal and, with --model, pictures whose features are nearly so. Nothing is changed.",
    )
    .argument("<results>", RESULTS_ARGUMENT)
    .addOption(
      new Option(
        "--model <name|bundle>",
        "the model that clustered them; its features are compared (default: only equal files are found)",
      ),
    )
    .addOption(
      numberOption(
        "--within <share>",
        "how near: a share of the median distance between a picture and the mean of its cluster",
        { min: 0, max: 1 },
        `${WITHIN}`,
      ),
    )
    .addOption(rootOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(duplicates);
}

async function duplicates(path: string, options: DuplicatesOptions): Promise<void> {
  const { within = WITHIN, threads, root, json } = options;
  const { readResults } = await import("@mmgan/results");
  const { findDuplicates } = await import("../duplicates.js");
  const results = await readResults(path, root === undefined ? {} : { root });
  const model = options.model
    ? await (await import("@mmgan/runtime-node")).loadModel(await modelFolder(options.model), {
        device: options.device,
        threads,
      })
    : undefined;
  let progress: Progress | undefined;
  let shown = "";
  try {
    const found = await interruptible("nothing is changed", (signal) =>
      findDuplicates(results, {
        ...{ within, threads, signal, ...(model && { model }) },
        onProgress: (what, done, total) => {
          if (what !== shown) {
            progress?.stop();
            shown = what;
            progress = startProgress({ label: what, unit: "pictures", total });
          }
          progress!.update(done);
        },
      }),
    );
    progress?.stop();
    await printResult(json, { results: path, ...(model && { within }), ...found }, () =>
      duplicatesText(found, model !== undefined),
    );
  } finally {
    progress?.stop();
    await model?.dispose();
  }
}

function duplicatesText(
  { groups, spare, unread }: Awaited<ReturnType<typeof import("../duplicates.js")["findDuplicates"]>>,
  near: boolean,
): string {
  const lines = groups
    .slice(0, SHOWN)
    .flatMap(({ kind, paths, distance }) => [
      kind === "equal"
        ? `${paths.length} equal files`
        : `${paths.length} near pictures, within ${distance.toFixed(3)}`,
      ...paths.map((path) => `  ${path}`),
    ]);
  if (groups.length > SHOWN) lines.push(`and ${groups.length - SHOWN} more groups (--json lists all)`);
  const found = `${groups.length} groups; ${spare} pictures could go so that one of each stays`;
  const lost = unread > 0 ? `; ${unread} could not be read` : "";
  lines.push(`${found}${lost}${near ? "" : ". With --model, near pictures are found too"}`);
  return lines.join("\n");
}

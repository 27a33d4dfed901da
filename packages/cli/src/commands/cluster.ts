/** `mmgan cluster`: pictures become a table of clusters. */

import { ArgumentError, expected } from "@mmgan/core";
import type { Sources } from "@mmgan/node-io";
import { type Command, Option } from "commander";
import { type ClusterRunOptions, type ClusterSummary, clusterTo } from "../cluster-run.js";
import { commandLine } from "../command-line.js";
import { ExitStatus } from "../exit-status.js";
import { interruptible } from "../interrupt.js";
import {
  deviceOption,
  jsonOption,
  modelOption,
  numberOption,
  type Range,
  required,
  threadsOption,
} from "../options.js";
import { printResult } from "../output.js";

interface ClusterOptions extends ClusterRunOptions {
  json?: boolean;
}

/** The defaults are node-io's; options.test.ts compares. Its modules load too much for help. */
export const DEFAULT_MAX_PIXELS = 120_000_000;
export const DEFAULT_MAX_BYTES = 268_435_456;
const LIMIT: Range = { min: 1, max: 1e12, integer: true };

export function registerCluster(program: Command): void {
  program
    .command("cluster")
    .description(
      "Sort pictures into a model's clusters: a row for each. What cannot be read goes to an errors list beside. " +
        "The run's own file beside the results lets --resume go on after an interruption, or when pictures were added.",
    )
    .argument(
      "<sources...>",
      'folders (sub-folders included), patterns such as "photos/**/*.jpg", files, .zip, .tar, .tar.gz, or - for a list of paths on standard input, one a line or ended by NUL bytes',
    )
    .addOption(modelOption())
    .addOption(
      required(
        new Option("--out <file>", "results to write, a row for each picture: .csv, .jsonl or .parquet"),
      ),
    )
    .addOption(
      new Option(
        "--resume",
        "go on from an earlier run with the same options: files of the same size and time are not read again (default: off)",
      ),
    )
    .addOption(
      new Option(
        "--names <file>",
        'names of clusters, { "3": "sneakers" } (default: none, with --resume those of the earlier run)',
      ),
    )
    .addOption(new Option("--sha256", "add the SHA-256 of every file (default: off)"))
    .addOption(
      new Option("--probabilities", "add the probabilities of all clusters to each row (default: off)"),
    )
    .addOption(
      new Option("--follow-links", "follow symbolic links met in folders; loops are told (default: off)"),
    )
    .addOption(new Option("--hidden", "also files and folders whose names begin with a dot (default: off)"))
    .addOption(new Option("--svg", "also SVG files (default: off)"))
    .addOption(
      new Option(
        "--background <colour>",
        "CSS colour behind transparent pixels and around pictures that are fitted whole (default: black)",
      ),
    )
    .addOption(
      numberOption("--max-pixels <n>", "pixels of a picture at most", LIMIT, `${DEFAULT_MAX_PIXELS}`),
    )
    .addOption(numberOption("--max-bytes <n>", "bytes of a file at most", LIMIT, `${DEFAULT_MAX_BYTES}`))
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(
      numberOption(
        "--batch <n>",
        "pictures per run of the model",
        { min: 1, max: 4096, integer: true },
        "64",
      ),
    )
    .addOption(jsonOption())
    .action(cluster);
}

async function cluster(given: string[], { json, ...options }: ClusterOptions): Promise<void> {
  const goOn = wayOn(process.argv.slice(2));
  const summary = await interruptible("keeping what is done", (signal) =>
    clusterTo(sourcesOf(given), { ...options, goOn }, signal),
  );
  await printResult(json, summary, () => describe(summary));
  // All of them: a wrong folder or model more likely than so many bad pictures.
  if (summary.images === 0) throw new ExitStatus(1);
}

function sourcesOf(given: readonly string[]): Sources {
  if (!given.includes("-")) return given.length === 1 ? given[0]! : given;
  if (given.length > 1)
    throw new ArgumentError(
      expected("- alone, or other sources", "<sources>", given.join(" "), "Put their paths into the list"),
    );
  if (process.stdin.isTTY)
    throw new ArgumentError(
      expected(
        "a list on standard input",
        "-",
        "a terminal",
        "For example: find photos -name '*.jpg' -print0 | mmgan cluster - ...",
      ),
    );
  return process.stdin;
}

/** The same command, going on. */
const wayOn = (args: readonly string[]): string =>
  commandLine(args.includes("--resume") ? args : [...args, "--resume"]);

function describe(summary: ClusterSummary): string {
  const { images, clusters, outliers, errors, errorsPath, known, leftOut, device, out } = summary;
  const notes = [
    outliers ? `${outliers} outliers` : "",
    errors > 0 ? `${errors} unreadable (see ${errorsPath})` : "",
    known > 0 ? `${known} known from the earlier run` : "",
    leftOut.links > 0 ? `${leftOut.links} symbolic links left out (--follow-links)` : "",
  ].filter(Boolean);
  return `${[`${images} images in ${clusters} clusters`, ...notes].join(", ")} on ${device}; ${out}`;
}

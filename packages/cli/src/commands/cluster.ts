/** `mmgan cluster`: folders of pictures become a table of clusters. */

import { ArgumentError, expected } from "@mmgan/core";
import type { Sources } from "@mmgan/node-io";
import { type Command, Option } from "commander";
import { type ClusterOptions, type ClusterSummary, clusterTo } from "../cluster-to.js";
import { commandLine } from "../command-line.js";
import { ExitStatus } from "../exit-status.js";
import { galleryLine, galleryTo } from "../gallery-to.js";
import { interruptible } from "../interrupt.js";
import { deviceOption, jsonOption, modelOption, numberOption, required, threadsOption } from "../options.js";
import { printResult, textTable } from "../output.js";
import { formatRate } from "../progress.js";
import { type SortArguments, sortOptions, sortText, sortTo, wantedSort } from "../sort-to.js";

interface ClusterArguments extends ClusterOptions, SortArguments {
  gallery?: string;
  json?: boolean;
}

export function registerCluster(program: Command): void {
  const command = program
    .command("cluster")
    .description(
      "Sort pictures into a model's clusters. Pictures that cannot be read go to an errors list beside the results.",
    )
    .argument(
      "<sources...>",
      'folders (sub-folders included), .zip, .tar or .tar.gz archives, patterns such as "photos/**/*.jpg", files; - reads a list of files from stdin, a line or NUL-ended',
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
        "go on from an earlier run with the same --out: pictures of unchanged size and time are not read again (default: off)",
      ),
    )
    .addOption(
      new Option(
        "--names <file>",
        'names of clusters for the results, { "3": "sneakers" } (default: with --resume those of the earlier run, else none)',
      ),
    )
    .addOption(
      new Option(
        "--gallery <folder>",
        "also a page to look through, as mmgan gallery makes it; an older gallery is replaced (default: none)",
      ),
    )
    .addOption(new Option("--sha256", "also the SHA-256 of each file (default: off)"))
    .addOption(
      new Option(
        "--probabilities",
        "also the probability of every cluster, not of the likeliest alone (default: off)",
      ),
    )
    .addOption(new Option("--follow-links", "follow symbolic links met in folders (default: off)"))
    .addOption(new Option("--hidden", "also names that begin with a dot (default: off)"))
    .addOption(new Option("--svg", "also .svg files (default: off)"))
    .addOption(
      new Option(
        "--background <colour>",
        "CSS colour behind transparent pixels and around pictures that are not square (default: black)",
      ),
    )
    .addOption(
      numberOption(
        "--max-pixels <n>",
        "pixels of one picture; a larger one is an error, told from its header",
        { min: 1, max: 1e9, integer: true },
        "120000000",
      ),
    )
    .addOption(
      numberOption(
        "--max-bytes <n>",
        "bytes of one file; a larger one is an error",
        { min: 1, max: 2 ** 31 - 1, integer: true },
        "268435456",
      ),
    )
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
    .addOption(jsonOption());
  for (const option of sortOptions()) command.addOption(option);
  command.action(cluster);
}

async function cluster(
  given: string[],
  { json, gallery: folder, ...options }: ClusterArguments,
): Promise<void> {
  const sources = sourcesOf(given);
  const wanted = wantedSort(options);
  const goOn = wayOn(process.argv.slice(2));
  const summary = await interruptible("what is done is kept for --resume", (signal) =>
    clusterTo(sources, { ...options, goOn }, signal),
  );
  const { out, background } = options;
  const gallery =
    folder === undefined || summary.images === 0
      ? undefined
      : await interruptible("the results stand", (signal) => galleryTo(out, folder, { background }, signal));
  const sorted = wanted && summary.images > 0 ? await sortTo(out, wanted, options) : undefined;
  await printResult(json, { ...summary, gallery: gallery ?? null, ...(sorted && { sorted }) }, () =>
    [
      ...[clusterTable(summary), summaryLine(summary)],
      ...[gallery ? `\n${galleryLine(gallery)}` : "", sorted ? `\n${sortText(sorted)}` : ""],
    ].join(""),
  );
  // Rather a wrong folder than nothing but bad pictures.
  if (summary.images === 0) throw new ExitStatus(1);
}

/** "-" is a list on stdin. */
function sourcesOf(given: readonly string[]): Sources {
  if (!given.includes("-")) return given.length === 1 ? given[0]! : given;
  if (given.length > 1)
    throw new ArgumentError(
      expected("- alone, or other sources,", "<sources>", given.join(" "), "Put their paths into the list"),
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

/** A row for each cluster that has a picture, the largest first, each with its line break. */
function clusterTable({ sizes, names, outliersOf, images }: ClusterSummary): string {
  if (images === 0) return "";
  const named = Object.keys(names).length > 0;
  const order = sizes
    .map((size, k) => ({ size, k }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size || a.k - b.k);
  const table = textTable([
    ["cluster", ...(named ? ["name"] : []), "images", "share %", ...(outliersOf ? ["outliers"] : [])],
    ...order.map(({ size, k }) => [
      `${k}`,
      ...(named ? [names[k] ?? ""] : []),
      `${size}`,
      ((100 * size) / images).toFixed(1),
      ...(outliersOf ? [`${outliersOf[k]}`] : []),
    ]),
  ]);
  return `${table}\n`;
}

function summaryLine(summary: ClusterSummary): string {
  const { images, clusters, errors, errorsPath, known, leftOut, device, seconds, out } = summary;
  const parts = [`${images} images in ${clusters} clusters`];
  if (errors > 0) parts.push(`${errors} unreadable (see ${errorsPath})`);
  if (known > 0) parts.push(`${known} known from before`);
  if (leftOut.links > 0)
    parts.push(
      `${leftOut.links} symbolic ${leftOut.links === 1 ? "link" : "links"} left out (--follow-links)`,
    );
  const rate = `${formatRate((images + errors - known) / seconds)} images/s`;
  return `${parts.join(", ")} on ${device}, ${rate}; ${out}`;
}

/** `--copy-to`, `--link-to`, `--move-to`: what the commands that sort pictures share. */

import { createInterface } from "node:readline/promises";
import { ArgumentError, expected, InterruptedError } from "@mmgan/core";
import type { SortMode, SortSummary } from "@mmgan/results";
import { Option } from "commander";
import { interruptible } from "./interrupt.js";
import { startProgress } from "./progress.js";

export interface SortArguments {
  copyTo?: string;
  linkTo?: string;
  moveTo?: string;
  yes?: boolean;
}

export interface WantedSort {
  readonly mode: SortMode;
  readonly to: string;
}

export const sortOptions = (): Option[] => [
  new Option(
    "--copy-to <folder>",
    "copy each picture into a folder of its cluster, inside this one (default: off)",
  ).conflicts(["linkTo", "moveTo"]),
  new Option("--link-to <folder>", "the same with symbolic links (default: off)").conflicts(["moveTo"]),
  new Option("--move-to <folder>", "the same, the pictures themselves; asks first (default: off)"),
  new Option("--yes", "move without asking (default: off)"),
];

export function wantedSort({ copyTo, linkTo, moveTo }: SortArguments): WantedSort | undefined {
  if (copyTo !== undefined) return { mode: "copy", to: copyTo };
  if (linkTo !== undefined) return { mode: "link", to: linkTo };
  return moveTo === undefined ? undefined : { mode: "move", to: moveTo };
}

/**
 * Sorts the pictures of a results file, with progress. A move asks on a terminal.
 *
 * @throws ArgumentError for a move without a terminal and without `yes`; InterruptedError when the answer is no
 */
export async function sortTo(
  results: string,
  { mode, to }: WantedSort,
  { root, yes = false }: { root?: string | undefined; yes?: boolean | undefined } = {},
): Promise<SortSummary> {
  const { readResults, sortPictures } = await import("@mmgan/results");
  let total = 0;
  for await (const _ of (await readResults(results)).rows()) total++;
  if (mode === "move" && !yes) await mustAgree(total, to);
  const progress = startProgress({ label: "sorting", unit: "pictures", total });
  try {
    return await interruptible("what is sorted can be undone", (signal) =>
      sortPictures(results, {
        ...{ mode, to, signal, onPicture: (done) => progress.update(done) },
        ...(root === undefined ? {} : { root }),
      }),
    );
  } finally {
    progress.stop();
  }
}

async function mustAgree(pictures: number, to: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new ArgumentError(
      expected(
        "--yes, as there is no terminal to ask on",
        "--move-to",
        to,
        "Pass --yes, or copy with --copy-to",
      ),
    );
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`Move ${pictures} pictures into ${to}? It can be undone. [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new InterruptedError("Nothing was moved.");
  } finally {
    lines.close();
  }
}

const DONE: Readonly<Record<SortMode, string>> = { copy: "copied", link: "linked", move: "moved" };
/** Pictures that stayed, shown to people. */
const SHOWN = 5;

export function sortText({ mode, to, journal, pictures, folders, failures }: SortSummary): string {
  const lines = failures.slice(0, SHOWN).map(({ path, reason }) => `not ${DONE[mode]}: ${path}: ${reason}`);
  if (failures.length > SHOWN) lines.push(`and ${failures.length - SHOWN} more (--json lists all)`);
  lines.push(
    `${pictures} pictures ${DONE[mode]} into ${Object.keys(folders).length} folders of ${to}; mmgan sort --undo ${journal} takes it back`,
  );
  return lines.join("\n");
}

/** `mmgan inspect`: what a bundle is, after checking that it is whole. */

import type { Command } from "commander";
import { jsonOption } from "../options.js";
import { formatBytes, printResult, textTable } from "../output.js";

export function registerInspect(program: Command): void {
  program
    .command("inspect")
    .description("Check a bundle's files and show what it holds: inputs and outputs of each graph, sizes, training.")
    .argument("<bundle>", "folder written by mmgan export")
    .addOption(jsonOption())
    .action(inspect);
}

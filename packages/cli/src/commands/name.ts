/** `mmgan name`: names for the clusters of a results file. */

import { ArgumentError, expected } from "@mmgan/core";
import { type Command, Option } from "commander";
import { jsonOption, RESULTS_ARGUMENT } from "../options.js";
import { printResult } from "../output.js";

interface NameOptions {
  names?: string;
  json?: boolean;
}

export function registerName(program: Command): void {
  program
    .command("name")
    .description("Give clusters names. They go into the results, beside those given before.")
    .argument("<results>", RESULTS_ARGUMENT)
    .argument("[names...]", "CLUSTER=NAME, e.g. 3=sneakers; 3= takes a name away")
    .addOption(new Option("--names <file>", 'a file of names, { "3": "sneakers" } (default: none)'))
    .addOption(jsonOption())
    .action(nameResults);
}

async function nameResults(results: string, given: string[], options: NameOptions): Promise<void> {
  const { clustersOf, nameClusters, readNames } = await import("@mmgan/results");
  if (given.length === 0 && options.names === undefined)
    throw new ArgumentError(expected("CLUSTER=NAME, e.g. 3=sneakers", "the names", "nothing"));
  const listed = options.names ? await readNames(options.names, await clustersOf(results)) : {};
  const names = await nameClusters(results, { ...listed, ...Object.fromEntries(given.map(parseName)) });
  await printResult(options.json, { results, names }, () =>
    Object.entries(names)
      .map(([cluster, name]) => `${cluster}  ${name}`)
      .concat(`${results}: ${Object.keys(names).length} clusters have a name`)
      .join("\n"),
  );
}

function parseName(text: string): [string, string] {
  const [, cluster, name] = /^(\d+)=(.*)$/s.exec(text) ?? [];
  if (cluster === undefined)
    throw new ArgumentError(expected("CLUSTER=NAME, e.g. 3=sneakers", "the names", text));
  return [`${Number(cluster)}`, name!];
}

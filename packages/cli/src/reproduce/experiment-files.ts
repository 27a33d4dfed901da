/** Where experiments lie: one JSON file each, in `experiments` of the repository or a folder that is named. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError, unknownName } from "@mmgan/core";
import { type Experiment, parseExperiment } from "./experiment.js";

/** The repository's own; not there in a package from a registry. */
const OWN = fileURLToPath(new URL("../../../../experiments", import.meta.url));

/**
 * Reads the experiment `name`.
 *
 * @param folder - where to look. Default: the repository's `experiments`
 * @throws UnknownNameError with the nearest name; ArgumentError for a folder without experiments or a file that is
 * malformed
 */
export async function readExperiment(name: string, folder: string = OWN): Promise<Experiment> {
  const files = await readdir(folder).catch((cause) => {
    throw new ArgumentError(
      `Expected a folder of experiments but ${folder} cannot be read. Run the command from a clone of the repository, or name the folder with --experiments.`,
      { cause },
    );
  });
  const names = files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));
  if (!names.includes(name)) throw unknownName("experiment", name, names.sort());
  const path = join(folder, `${name}.json`);
  const experiment = parseExperiment(await readFile(path, "utf8"), path);
  if (experiment.name !== name)
    throw new ArgumentError(`Expected ${name} for field name of ${path} but received ${experiment.name}.`);
  return experiment;
}

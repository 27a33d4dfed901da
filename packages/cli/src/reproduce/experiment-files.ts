/** Where experiments lie: one JSON file each, in `experiments` of the repository or a folder that is named. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError, expected, unknownName } from "@mmgan/core";
import { type Experiment, parseExperiment } from "./experiment.js";
import { parseJson } from "./fields.js";

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
  const source = await readFile(path, "utf8");
  const { extends: base } = (parseJson(source, path) ?? {}) as { extends?: unknown };
  if (base !== undefined && (!names.includes(`${base}`) || base === name))
    throw new ArgumentError(expected("the name of another experiment", `field extends of ${path}`, base));
  const whole =
    base === undefined
      ? source
      : extended(await readFile(join(folder, `${base}.json`), "utf8"), source, [`${base}.json`, path]);
  const experiment = parseExperiment(whole, path);
  if (experiment.name !== name)
    throw new ArgumentError(`Expected ${name} for field name of ${path} but received ${experiment.name}.`);
  return experiment;
}

type Fields = Record<string, unknown> & {
  without?: readonly string[];
  rows?: readonly ({ label?: unknown } & Record<string, unknown>)[];
};

/**
 * The text of an experiment that names another one in `extends`: the other's, with its own fields in the place of the
 * other's; its rows change those of the same label, and those named in `without` are left out.
 */
function extended(base: string, own: string, [basePath, ownPath]: readonly [string, string]): string {
  const whole = parseJson(base, basePath) as Fields;
  const { extends: _, rows = [], without = [], ...fields } = parseJson(own, ownPath) as Fields;
  const labels = (whole.rows ?? []).map(({ label }) => label);
  for (const label of without)
    if (!labels.includes(label))
      throw new ArgumentError(
        expected(`the label of a row of ${basePath}`, `field without of ${ownPath}`, label),
      );
  for (const { label } of rows)
    if (!labels.includes(label))
      throw new ArgumentError(
        expected(`the label of a row of ${basePath}`, `field rows of ${ownPath}`, label),
      );
  const kept = whole.rows?.filter(({ label }) => !without.includes(label as string));
  const changed = kept?.map((row) => ({ ...row, ...rows.find(({ label }) => label === row.label) }));
  return JSON.stringify({ ...whole, ...fields, rows: changed });
}

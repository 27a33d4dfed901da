/** `mmgan data list | fetch NAME`: the data sets known by name. */

import type { Command } from "commander";
import { interruptible } from "../interrupt.js";
import { dataDirOption, jsonOption } from "../options.js";
import { formatBytes, print, printDocument, printResult, textTable } from "../output.js";
import { startProgress } from "../progress.js";

interface DataOptions {
  dataDir?: string;
  json?: boolean;
}

export function registerData(program: Command): void {
  const data = program.command("data").description("The data sets known by name.");
  data
    .command("list")
    .description("List the data sets: samples, size, whether they are here, licence.")
    .addOption(dataDirOption())
    .addOption(jsonOption())
    .action(list);
  data
    .command("fetch")
    .description("Download a data set into --data-dir or the user's cache; resumes, checks SHA-256, tries mirrors.")
    .argument("<name>", "name of a data set, see mmgan data list")
    .addOption(dataDirOption())
    .addOption(jsonOption())
    .action(fetchData);
}

async function list(options: DataOptions): Promise<void> {
  const { DATASETS, findFiles } = await import("@mmgan/trainer");
  const sets = await Promise.all(
    Object.values(DATASETS).map(async (info) => ({
      name: info.name,
      title: info.title,
      kind: info.kind,
      train: info.counts.train,
      test: info.counts.test,
      shape: info.image ? [info.image.height, info.image.width, info.image.channels] : [info.dim ?? 0],
      clusters: info.defaults.clusters,
      source: info.source,
      folder: info.source === "download" ? ((await findFiles(info, info.files, options.dataDir))?.place.folder ?? null) : null,
      licence: info.licence,
      homepage: info.homepage,
    })),
  );
  const where = (set: (typeof sets)[number]) =>
    set.source === "download" ? (set.folder ?? `missing: mmgan data fetch ${set.name}`) : set.source;
  await printResult(options.json, { datasets: sets }, () =>
    textTable([
      ["name", "train", "test", "shape", "clusters", "where", "licence"],
      ...sets.map((set) => [
        set.name,
        `${set.train}`,
        `${set.test}`,
        set.shape.join("x"),
        `${set.clusters}`,
        where(set),
        set.licence,
      ]),
    ]),
  );
}

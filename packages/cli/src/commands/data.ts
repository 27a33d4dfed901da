/** `mmgan data list | fetch NAME`: the data sets known by name. */

import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { dataDirOption, jsonOption } from "../options.js";
import { formatBytes, printResult, textTable } from "../output.js";
import { type Progress, startProgress } from "../progress.js";

interface DataOptions {
  dataDir?: string;
  mirror?: string[];
  json?: boolean;
}

export function registerData(program: Command): void {
  const data = program.command("data").description("The data sets known by name.");
  data
    .command("list")
    .description("List the data sets: samples, shape, where they are, licence.")
    .addOption(dataDirOption())
    .addOption(jsonOption())
    .action(list);
  data
    .command("fetch")
    .description("Download a data set; goes on where it stopped, checks SHA-256, tries mirrors.")
    .argument("<name>", "name of a data set, see mmgan data list")
    .addOption(new Option("--data-dir <folder>", "where to put it (default: the user's cache)"))
    .addOption(
      new Option(
        "--mirror <url>",
        "folder of a web server to fetch from instead, repeatable (default: the known ones)",
      ).argParser((url: string, previous: string[] | undefined) => [...(previous ?? []), url]),
    )
    .addOption(jsonOption())
    .action(fetchData);
}

async function list({ dataDir, json }: DataOptions): Promise<void> {
  const { listDatasets } = await import("@mmgan/trainer");
  const datasets = await listDatasets({ dataDir });
  await printResult(json, { datasets: datasets.map((set) => ({ ...set, folder: set.folder ?? null })) }, () =>
    textTable([
      ["name", "train", "test", "shape", "classes", "where", "licence"],
      ...datasets.map((set) => [
        set.name,
        `${set.train}`,
        `${set.test}`,
        set.shape.join("x"),
        `${set.classes}`,
        set.where,
        set.licence,
      ]),
    ]),
  );
}

async function fetchData(name: string, { dataDir, mirror, json }: DataOptions): Promise<void> {
  const { fetchDataset } = await import("@mmgan/trainer");
  let progress: Progress | undefined;
  let file: string | undefined;
  try {
    const result = await interruptible("what came so far is kept", (signal) =>
      fetchDataset(name, {
        dataDir,
        mirrors: mirror,
        signal,
        onProgress: (at) => {
          if (at.file !== file) {
            progress?.stop();
            file = at.file;
            progress = startProgress({
              label: file,
              unit: "KiB",
              total: kib(at.totalBytes),
              from: kib(at.receivedBytes),
            });
          }
          if (at.totalBytes !== undefined) progress?.setTotal(kib(at.totalBytes));
          progress?.update(kib(at.receivedBytes));
        },
      }),
    );
    progress?.stop();
    await printResult(json, { ...result, folder: result.folder ?? null }, () =>
      [result.message, ...result.files.map((f) => `${f.path}  ${formatBytes(f.bytes)}  ${f.status}`)].join(
        "\n",
      ),
    );
  } finally {
    progress?.stop();
  }
}

const kib = (bytes: number | undefined) => Math.round((bytes ?? 0) / 1024);

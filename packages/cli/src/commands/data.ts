/** `mmgan data list | fetch NAME | write NAME`: the data sets known by name. */

import { mkdir, readdir } from "node:fs/promises";
import { ArgumentError, expected, FolderInUseError, unknownName } from "@mmgan/core";
import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { dataDirOption, jsonOption, required, splitOption } from "../options.js";
import { formatBytes, printResult, textTable } from "../output.js";
import { type Progress, startProgress } from "../progress.js";
import { writePictures } from "../write-pictures.js";

interface WriteOptions {
  out: string;
  split?: "train" | "test" | "all";
  classes?: boolean;
  dataDir?: string;
  json?: boolean;
}

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
  data
    .command("write")
    .description("Write the pictures of a data set as PNG files, 0000.png, 0001.png, ...")
    .argument("<name>", "name of a data set of pictures, see mmgan data list")
    .addOption(required(new Option("--out <folder>", "an empty folder, or one to make")))
    .addOption(splitOption("all"))
    .addOption(
      new Option("--classes", "a folder for each class, so that mmgan evaluate can score (default: off)"),
    )
    .addOption(dataDirOption())
    .addOption(jsonOption())
    .action(writeData);
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

async function writeData(name: string, options: WriteOptions): Promise<void> {
  const { out, classes = false, split = "all", dataDir, json } = options;
  const { DATASET_NAMES, DATASETS, isDatasetName, loadDataset } = await import("@mmgan/trainer");
  if (!isDatasetName(name)) throw unknownName("data", name, DATASET_NAMES);
  if (DATASETS[name].kind !== "image")
    throw new ArgumentError(expected("a data set of pictures", "the name", name, "See mmgan data list"));
  await mustBeFree(out);
  let progress: Progress | undefined;
  try {
    const count = await interruptible("what is written stays", async (signal) => {
      const data = await loadDataset(name, { split, labels: classes, dataDir, signal });
      progress = startProgress({ label: "writing", unit: "pictures", total: data.count });
      const onPicture = (done: number) => progress!.update(done);
      await writePictures(out, data, { classes, onPicture, signal });
      return data.count;
    });
    progress?.stop();
    await printResult(
      json,
      { out, name, split, classes, pictures: count },
      () => `${out}: ${count} pictures`,
    );
  } finally {
    progress?.stop();
  }
}

async function mustBeFree(folder: string): Promise<void> {
  const { writeError } = await import("@mmgan/node-io");
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return;
  } catch (cause) {
    throw writeError(cause, folder);
  }
  throw new FolderInUseError(`${folder} is not empty. Name another folder with --out.`);
}

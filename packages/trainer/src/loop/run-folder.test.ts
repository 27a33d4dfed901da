import { readFile, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import type { TrainConfig } from "../config.js";
import { barImages, smallConfig, withFolder } from "../testing/small.js";
import { prepareRun, readRun, runFiles } from "./run-folder.js";

it("reads the config of a version without the later fields, as that version behaved", async () => {
  await withFolder(async (run) => {
    const config = smallConfig({ ema: 0.9 });
    await prepareRun(run, config, "onnx", barImages(), false);
    const path = runFiles(run).config;
    const record = JSON.parse(await readFile(path, "utf8"));
    const later = ["sizeRatio", "walkSpread", "generatorEma", "criticShift", "criticLight", "criticCutout"];
    for (const field of later) delete record.config[field];
    await writeFile(path, JSON.stringify(record));
    const { config: read } = await readRun(run);
    const asBefore: Partial<TrainConfig> = { sizeRatio: 1, walkSpread: 0, generatorEma: 0.9, criticShift: 0 };
    expect(read).toMatchObject(asBefore);
    // and is resumed as what it was
    await prepareRun(run, { ...config, ...asBefore }, "onnx", barImages(), true);
  });
});

/** The commands of `mmgan`, put together. Commands load what they call only when run, so that help is quick. */

import { Command } from "commander";
import { registerApply } from "./commands/apply.js";
import { registerBench } from "./commands/bench.js";
import { registerCentres } from "./commands/centres.js";
import { registerCluster } from "./commands/cluster.js";
import { registerConvert } from "./commands/convert.js";
import { registerData } from "./commands/data.js";
import { registerDoctor } from "./commands/doctor.js";
import { registerDuplicates } from "./commands/duplicates.js";
import { registerEvaluate } from "./commands/evaluate.js";
import { registerExport } from "./commands/export.js";
import { registerGallery } from "./commands/gallery.js";
import { registerGenerate } from "./commands/generate.js";
import { registerInspect } from "./commands/inspect.js";
import { registerModels } from "./commands/models.js";
import { registerName } from "./commands/name.js";
import { registerOutliers } from "./commands/outliers.js";
import { registerQuickstart } from "./commands/quickstart.js";
import { registerReport } from "./commands/report.js";
import { registerReproduce } from "./commands/reproduce.js";
import { registerSetup } from "./commands/setup.js";
import { registerSort } from "./commands/sort.js";
import { registerTrain } from "./commands/train.js";
import { requirement } from "./options.js";
import { VERSION } from "./version.js";

/** A fresh program: commander keeps parsed values, so each command line gets its own. */
export function buildProgram(): Command {
  const program = new Command("mmgan")
    .description("Train a clustering GAN without Python, run it anywhere ONNX runs.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .exitOverride()
    // Errors are printed once, by run.ts; descriptions already state their defaults.
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      optionDescription: (option) => [option.description, requirement(option)].filter(Boolean).join("; "),
    });
  registerTrain(program);
  registerExport(program);
  registerConvert(program);
  registerInspect(program);
  registerCentres(program);
  registerEvaluate(program);
  registerCluster(program);
  registerGallery(program);
  registerName(program);
  registerOutliers(program);
  registerDuplicates(program);
  registerReport(program);
  registerSort(program);
  registerApply(program);
  registerGenerate(program);
  registerModels(program);
  registerData(program);
  registerDoctor(program);
  registerSetup(program);
  registerBench(program);
  registerQuickstart(program);
  registerReproduce(program);
  return program;
}

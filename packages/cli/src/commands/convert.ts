/** `mmgan convert`: a TensorFlow.js model becomes an ONNX file. */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ArgumentError, expected, SEED_MAX } from "@mmgan/core";
import type { ConvertedModel } from "@mmgan/export";
import { type Command, Option } from "commander";
import { interruptible } from "../interrupt.js";
import { choiceOption, jsonOption, numberOption, parseNumber, required } from "../options.js";
import { formatBytes, log, printResult, textTable } from "../output.js";

interface ConvertArguments {
  out: string;
  opset?: number;
  layout?: "nhwc" | "nchw";
  batch?: "dynamic" | number;
  shape?: Record<string, number[]>;
  check?: number;
  seed?: number;
  tolerance?: number;
  license?: string;
  exactNan?: boolean;
  register?: string[];
  json?: boolean;
}

const COUNT = { min: 1, max: 2 ** 20, integer: true };

export function registerConvert(program: Command): void {
  program
    .command("convert")
    .description(
      "Turn a TensorFlow.js model into an ONNX file, compared with the model before it is written.",
    )
    .argument("<model>", "a model.json, the folder that holds one, or its http(s) address")
    .addOption(required(new Option("--out <file>", "the .onnx file to write")))
    .addOption(
      numberOption(
        "--opset <number>",
        "operator set",
        { min: 13, max: 21, integer: true },
        "the lowest that will do",
      ),
    )
    .addOption(
      choiceOption(
        "--layout <name>",
        "how images lie in inputs and outputs",
        ["nhwc", "nchw"],
        "nhwc, as tfjs has them",
      ),
    )
    .addOption(
      new Option(
        "--batch <rows>",
        "rows of each input: dynamic, or a number (default: dynamic where the model leaves it open)",
      ).argParser((text: string) => (text === "dynamic" ? text : parseNumber("--batch", COUNT, text))),
    )
    .addOption(
      new Option(
        "--shape <input=AxBxC>",
        "the shape of an input whose dimensions the model leaves open, e.g. image=1x224x224x3; repeatable (default: none)",
      ).argParser(collectShape),
    )
    .addOption(
      numberOption(
        "--check <number>",
        "random inputs on which graph and model must agree; 0 writes the file unchecked",
        { min: 0, max: 1000, integer: true },
        "3",
      ),
    )
    .addOption(
      numberOption("--seed <number>", "seed of those inputs", { min: 0, max: SEED_MAX, integer: true }, "1"),
    )
    .addOption(
      numberOption(
        "--tolerance <number>",
        "largest difference |a - b| / (1 + |b|) that passes",
        { min: 0, max: 1 },
        "1e-4",
      ),
    )
    .addOption(
      new Option("--license <text>", "licence of the weights, for the file's metadata (default: none)"),
    )
    .addOption(
      new Option(
        "--exact-nan",
        "treat NaN as tfjs does in max, min, argMax, argMin and sign, with more nodes (default: off)",
      ),
    )
    .addOption(
      new Option(
        "--register <module>",
        "an ES module that registers custom layers, operations or kernels: export default ({ tf, registerLowering }) => ...; repeatable (default: none)",
      ).argParser((text: string, all: string[] = []) => [...all, text]),
    )
    .addOption(jsonOption())
    .action(convertModel);
}

/** "image=1x224x224x3" added to what was given before. */
function collectShape(text: string, all: Record<string, number[]> = {}): Record<string, number[]> {
  const [, name, dims] = /^(.+)=(\d+(?:x\d+)*)$/.exec(text) ?? [];
  if (!name || !dims)
    throw new ArgumentError(expected("INPUT=AxBxC", "--shape", text, "Write for example image=1x224x224x3"));
  return { ...all, [name]: dims.split("x").map(Number) };
}

async function convertModel(path: string, options: ConvertArguments): Promise<void> {
  const [{ applyExtension, convert }, { writeFileAtomic }, { onnxRuntime }, { modelSource }] =
    await Promise.all([
      import("@mmgan/export"),
      import("@mmgan/node-io"),
      import("@mmgan/runtime-node"),
      import("../convert/model-source.js"),
    ]);
  const {
    out,
    opset,
    layout,
    batch,
    shape,
    check = 3,
    seed = 1,
    tolerance = 1e-4,
    license,
    exactNan,
  } = options;
  for (const module of options.register ?? [])
    await applyExtension(await import(pathToFileURL(resolve(module)).href), module);
  const model = await interruptible("nothing is written", async (signal) => {
    const source = await modelSource(path);
    const runtime = check === 0 ? undefined : ((await onnxRuntime()) as never);
    return convert(source, {
      opset,
      layout,
      batch,
      shapes: shape,
      exactNaN: exactNan,
      metadata: license === undefined ? {} : { license },
      runtime,
      check: check === 0 ? false : { count: check, seed, tolerance },
      signal,
    });
  });
  if (!model.check) log(`mmgan: ${out} was not compared with the model (--check 0)`);
  await writeFileAtomic(out, model.onnx);
  const { onnx, ...rest } = model;
  await printResult(options.json, { out, bytes: onnx.length, ...rest }, () => describe(out, model));
}

function describe(out: string, { onnx, opset, inputs, outputs, nodeCount, check }: ConvertedModel): string {
  const ports = [
    ...inputs.map((port) => ["in", port.name, `${port.type} [${port.dims.join(", ")}]`, ""]),
    ...outputs.map((port) => [
      "out",
      port.name,
      `${port.type} [${port.dims.join(", ")}]`,
      check ? (check.differences[port.name] ?? 0).toExponential(1) : "",
    ]),
  ];
  return [
    `${out}: ${formatBytes(onnx.length)}, opset ${opset}, ${nodeCount} nodes`,
    check
      ? `checked on ${check.count} random inputs (seed ${check.seed}, batches ${check.batches.join(", ")}), tolerance ${check.tolerance}`
      : "not checked",
    textTable([["", "name", "type and shape", check ? "largest difference" : ""], ...ports]),
  ].join("\n");
}

/** Builds the addon of tfjs-node against TensorFlow's C library, and tries it in a process of its own. */

import { randomBytes } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EngineError } from "@mmgan/core";
import { ADDON_FILE, type TensorflowPackage } from "./packages.js";
import { type Ran, runProgram } from "./programs.js";
import { WHEEL_LIBRARIES } from "./wheel-contents.js";

/** The addon of a set-up folder. */
export function addonPath(folder: string, name: TensorflowPackage): string {
  return join(folder, "node_modules", name, ADDON_FILE);
}

/**
 * Compiles and links; the addon finds its libraries by a path relative to itself, so that the folder may move.
 *
 * @param folder - a set-up folder with its npm packages and the unpacked wheel
 * @throws EngineError with what the compiler said
 */
export async function buildAddon(
  folder: string,
  name: TensorflowPackage,
  compiler: string,
  signal?: AbortSignal,
): Promise<void> {
  const source = join(folder, "node_modules", name);
  const target = addonPath(folder, name);
  const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  const libraries = WHEEL_LIBRARIES.map((path) => path.replace(/^.*\//, ""));
  await mkdir(dirname(target), { recursive: true });
  try {
    const { status, output } = await runProgram(
      compiler,
      [
        ...["-O2", "-std=c++17", "-shared", "-fPIC"],
        ...["-DNAPI_VERSION=8", "-DNODE_GYP_MODULE_NAME=tfjs_binding", "-DBUILDING_NODE_EXTENSION"],
        ...["node_modules/node-api-headers/include", "tensorflow/include"].map(
          (path) => `-I${join(folder, path)}`,
        ),
        `-I${source}`,
        join(source, "binding/tfjs_backend.cc"),
        join(source, "binding/tfjs_binding.cc"),
        `-L${join(folder, "tensorflow")}`,
        ...libraries.toReversed().map((file) => `-l:${file}`),
        "-Wl,-rpath,$ORIGIN/../../../../../tensorflow",
        ...["-o", temporary],
      ],
      { cwd: folder, signal },
    );
    if (status !== 0)
      throw new EngineError(
        `${compiler} could not build the addon of ${name}: ${firstError(output)}. ` +
          "Try another --tensorflow-version, or another compiler in CXX.",
        { cause: new Error(output) },
      );
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The line that says what is wrong, without the notes before it. */
function firstError(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return (
    lines.find((line) => /\b(error|undefined reference)\b/.test(line)) ??
    lines.at(-1) ??
    "no output"
  ).trim();
}

/** Loads the package as load.ts does, takes a gradient of a convolution, compares it with tfjs's own and prints the version. */
const TRIAL = `
const { createRequire } = require("node:module");
const [ours, folder] = process.argv.slice(1);
const theirs = createRequire(folder + "/package.json");
const tf = require(ours);
tf.enableProdMode();
for (const name of ["@tensorflow/tfjs", "@tensorflow/tfjs-core"])
  require.cache[theirs.resolve(name)] = require.cache[ours];
theirs(folder);
const gradient = (backend) => {
  tf.setBackend(backend);
  const x = tf.tensor4d(Array.from({ length: 32 }, (_, i) => Math.sin(i)), [2, 4, 4, 1]);
  const filter = tf.tensor4d(Array.from({ length: 18 }, (_, i) => Math.cos(i)), [3, 3, 1, 2]);
  return tf.grad((f) => tf.conv2d(x, f, 1, "same").square().sum())(filter).dataSync();
};
const [a, b] = ["tensorflow", "cpu"].map(gradient);
if (a.length !== 18 || !a.every((v, i) => Math.abs(v - b[i]) <= 1e-3)) throw new Error("a gradient is wrong: " + a + " for " + b);
process.stdout.write("TensorFlow " + tf.findBackend("tensorflow").binding.TF_Version + "\\n");
`;

/**
 * Computes the gradient of a convolution with the addon, in a child process.
 *
 * @returns the version of TensorFlow's library
 * @throws EngineError when the addon does not load or computes something else than tfjs's own backend
 */
export async function tryAddon(
  folder: string,
  name: TensorflowPackage,
  signal?: AbortSignal,
): Promise<string> {
  const ours = createRequire(import.meta.url).resolve("@tensorflow/tfjs");
  const { status, output }: Ran = await runProgram(
    process.execPath,
    ["-e", TRIAL, ours, join(folder, "node_modules", name)],
    { cwd: folder, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" }, signal },
  );
  const version = /^TensorFlow (\S+)$/m.exec(output)?.[1];
  if (status === 0 && version) return version;
  throw new EngineError(
    `The addon in ${addonPath(folder, name)} does not work: ${/^\w*Error: .*$/m.exec(output)?.[0] ?? `exit status ${status}`}. ` +
      "Run the command again with another --tensorflow-version.",
    { cause: new Error(output) },
  );
}

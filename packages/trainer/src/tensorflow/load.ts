/** Loads TensorFlow's backend into this process, once, onto the @tensorflow/tfjs that the trainer itself uses. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { EngineError } from "@mmgan/core";
import * as tf from "@tensorflow/tfjs";
import { type FoundTensorflow, findTensorflow, placesInWords } from "./find.js";
import { ADDON_FILE, type TensorflowPackage, TFJS_VERSION } from "./packages.js";

/** What runs the engine `tensorflow` in this process. */
export interface LoadedTensorflow {
  readonly package: TensorflowPackage;
  /** Of the npm package. */
  readonly version: string;
  /** Of the C library; undefined where it does not say. */
  readonly tensorflowVersion: string | undefined;
  readonly folder: string;
}

/** Why it does not load, and what to do. */
export interface TensorflowProblem {
  readonly reason: string;
  readonly remedy: string;
  readonly cause?: unknown;
}

/** Node keeps one copy of an addon, and TensorFlow one set of threads: so one answer for a process. */
let loaded: LoadedTensorflow | undefined;

/**
 * TensorFlow's backend, registered as "tensorflow".
 *
 * @param options - `threads`: of one operation; 0 is TensorFlow's choice. Later calls change nothing
 * @throws EngineError saying what is wrong and what to do, with the loader's error as its cause
 */
export async function loadTensorflow(options: { threads?: number } = {}): Promise<LoadedTensorflow> {
  const result = tryTensorflow(options);
  if (!("reason" in result)) return result;
  const { reason, remedy, cause } = result;
  throw new EngineError(`The tensorflow engine cannot start: ${reason}. ${remedy}`, { cause });
}

/** As {@link loadTensorflow}, with the problem returned. The first package that loads is taken. */
export function tryTensorflow({
  threads = 0,
}: {
  threads?: number;
} = {}): LoadedTensorflow | TensorflowProblem {
  if (loaded) return loaded;
  const found = findTensorflow();
  if (found.length === 0) return notInstalled();
  const problems: TensorflowProblem[] = [];
  for (const one of found) {
    const result = problemOf(one) ?? loadPackage(one, threads);
    if (!("reason" in result)) {
      loaded = result;
      return loaded;
    }
    problems.push(result);
  }
  const [first] = problems as [TensorflowProblem];
  return { ...first, reason: problems.map(({ reason }) => reason).join("; ") };
}

const OTHERWISE = "--engine onnx, the default, needs neither and takes the same steps";
const SET_UP =
  'Run "mmgan setup tensorflow", which builds the addon against a current TensorFlow in a folder of its own';

function notInstalled(): TensorflowProblem {
  return {
    reason: `neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is in ${placesInWords()}`,
    remedy: `${SET_UP}. ${OTHERWISE}.`,
  };
}

/** What can be told without loading. */
function problemOf({
  package: name,
  version,
  folder,
  hasAddon,
}: FoundTensorflow): TensorflowProblem | undefined {
  if (majorMinor(version) !== majorMinor(tf.version.tfjs))
    return {
      reason: `${name} ${version} in ${folder} is not of the version of mmgan's @tensorflow/tfjs, ${tf.version.tfjs}`,
      remedy: `Install ${name}@${TFJS_VERSION}, or run "mmgan setup tensorflow". ${OTHERWISE}.`,
    };
  if (!hasAddon)
    return {
      reason: `${name} ${version} in ${folder} has no addon (${ADDON_FILE}): its install script did not run, or found none for this Node`,
      remedy: `${SET_UP}, or "npm rebuild ${name} --build-addon-from-source" where it is installed. ${OTHERWISE}.`,
    };
  return undefined;
}

const majorMinor = (version: string): string => version.split(".").slice(0, 2).join(".");

function loadPackage(found: FoundTensorflow, threads: number): LoadedTensorflow | TensorflowProblem {
  const { package: name, version, folder } = found;
  prepareEnvironment(threads);
  tf.enableProdMode(); // no notice of a platform set twice
  const require = createRequire(join(folder, "package.json"));
  const backend = tf.getBackend();
  const unshare = shareTfjs(require);
  try {
    require(folder);
    const { binding } = tf.findBackend("tensorflow") as unknown as { binding?: { TF_Version?: string } };
    return { package: name, version, folder, tensorflowVersion: binding?.TF_Version };
  } catch (cause) {
    unshare();
    return loadProblem(found, cause as Error);
  } finally {
    // The package makes its backend the active one; whoever computes sets its own.
    if (backend) void tf.setBackend(backend);
  }
}

/**
 * Lets the package get the trainer's own @tensorflow/tfjs: tfjs keeps its kernels and gradients in process globals, and
 * a second copy would register all of them anew, over ours.
 *
 * @returns what takes it back
 */
function shareTfjs(require: NodeJS.Require): () => void {
  const ours = createRequire(import.meta.url).resolve("@tensorflow/tfjs");
  const lent: string[] = [];
  // tfjs has all that tfjs-core exports; tfjs-node takes one name from the latter.
  for (const name of ["@tensorflow/tfjs", "@tensorflow/tfjs-core"]) {
    const theirs = resolved(require, name);
    if (theirs === undefined || require.cache[theirs]) continue;
    require.cache[theirs] = require.cache[ours];
    lent.push(theirs);
  }
  return () => {
    for (const path of lent) delete require.cache[path];
  };
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined; // The package's own require says so.
  }
}

/** Settings that TensorFlow reads once, while its library loads. What the user has set stays. */
function prepareEnvironment(threads: number): void {
  const settings: Record<string, string> = {
    // Errors only: no notices about the processor on stderr.
    TF_CPP_MIN_LOG_LEVEL: "2",
    // Same state and batches, same bytes.
    TF_DETERMINISTIC_OPS: "1",
    ...(threads > 0 && {
      TF_NUM_INTRAOP_THREADS: String(threads),
      TF_NUM_INTEROP_THREADS: "1",
      OMP_NUM_THREADS: String(threads),
    }),
  };
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
}

/** An error of `require`, in words: what the dynamic linker or Node says tells what does not fit. */
function loadProblem({ package: name, version, folder }: FoundTensorflow, cause: Error): TensorflowProblem {
  const [said = ""] = cause.message.split("\n");
  const remedy = `${SET_UP}. ${OTHERWISE}.`;
  const where = `${name} ${version} in ${folder}`;
  if (/cannot open shared object file/.test(said))
    return { reason: `a library that the addon of ${where} needs is missing (${said})`, remedy, cause };
  if (/undefined symbol|version `.*' not found/.test(said))
    return { reason: `the addon of ${where} was built for another TensorFlow (${said})`, remedy, cause };
  if (/different Node\.js version|NODE_MODULE_VERSION|did not self-register/.test(cause.message))
    return { reason: `the addon of ${where} was built for another Node (${said})`, remedy, cause };
  return { reason: `${where} does not load (${said})`, remedy, cause };
}

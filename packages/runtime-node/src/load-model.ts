/** Opens a bundle: every file checked, the device chosen, sessions left to be created when first used. */

import { availableParallelism } from "node:os";
import { ArgumentError, GraphModel, type Model } from "@mmgan/core";
import { readBundle } from "./bundle-files.js";
import { type DeviceName, mustBeUsable, resolveDevice } from "./devices.js";
import { NodeGraphs } from "./graphs.js";
import { onnxRuntime } from "./ort.js";

/** Most threads taken unasked: the nets are too small to gain from more. */
const DEFAULT_THREADS_MAX = 16;
const THREADS_MAX = 1024;

export interface LoadOptions {
  /** Where to run. Default "auto", which takes the CPU; `model.device` says what was taken. */
  readonly device?: DeviceName;
  /** CPU threads for one operator, 1 to 1024. Default: the cores this process may use, at most 16. */
  readonly threads?: number;
}

/**
 * Loads a bundle from its folder. The caller disposes of the model.
 *
 * @param folder - what `mmgan export` wrote: manifest.json and the files it lists
 * @throws BundleError for a folder without manifest.json, a file that is missing or fails its size or SHA-256;
 *   BundleVersionError for a newer format; UnknownNameError for a device that does not exist; DeviceError for one that
 *   is not usable here; ArgumentError for `threads`
 */
export async function loadModel(folder: string, options: LoadOptions = {}): Promise<Model> {
  const device = resolveDevice(options.device);
  const threads = options.threads ?? Math.min(availableParallelism(), DEFAULT_THREADS_MAX);
  if (!Number.isInteger(threads) || threads < 1 || threads > THREADS_MAX)
    throw new ArgumentError(
      `Expected an integer from 1 to ${THREADS_MAX} for threads but received ${threads}.`,
    );
  const bundle = await readBundle(folder);
  await onnxRuntime();
  await mustBeUsable(device);
  return new GraphModel(bundle.manifest, new NodeGraphs(bundle, device, threads), {
    centres: bundle.centres,
  });
}

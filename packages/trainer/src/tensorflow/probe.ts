/** Whether the engine `tensorflow` can run here, for `mmgan doctor`. */

import { tryTensorflow } from "./load.js";

export interface TensorflowProbe {
  readonly usable: boolean;
  /** The npm package that carries the addon, its version, and the version of TensorFlow's library. */
  readonly package?: string;
  readonly version?: string;
  readonly tensorflowVersion?: string | undefined;
  /** Why it is not usable, and what to do; both end without a full stop or with one of their own. */
  readonly reason?: string;
  readonly remedy?: string;
}

/** Loads the library into this process, which takes about a second, and keeps it. Never throws. */
export async function probeTensorflow(): Promise<TensorflowProbe> {
  const result = tryTensorflow();
  if ("reason" in result) return { usable: false, reason: result.reason, remedy: result.remedy };
  const { package: name, version, tensorflowVersion } = result;
  return { usable: true, package: name, version, tensorflowVersion };
}

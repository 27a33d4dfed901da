/** Checks of what can be asked of the loader, with defaults filled in. */

import { ArgumentError, expected, unknownName } from "@mmgan/core";
import { type Fit, type LoadOptions, SPLITS, type Split } from "./dataset.js";

const FITS: readonly Fit[] = ["contain", "cover", "stretch"];
const MAX_SIZE = 1024;

export interface ImageOptions {
  readonly size: number;
  readonly channels: 1 | 3;
  readonly fit: Fit;
}

/** @throws UnknownNameError */
export function checkedSplit({ split = "train" }: LoadOptions): Split {
  if (!SPLITS.includes(split)) throw unknownName("split", split, SPLITS);
  return split;
}

/**
 * @param defaults - what to take where nothing is asked for
 * @throws ArgumentError or UnknownNameError naming the option
 */
export function checkedImageOptions(
  options: LoadOptions,
  defaults: { readonly size: number; readonly channels: 1 | 3 },
): ImageOptions {
  const { size = defaults.size, channels = defaults.channels, fit = "contain" } = options;
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE)
    throw new ArgumentError(expected(`an integer from 1 to ${MAX_SIZE}`, "size", size));
  if (channels !== 1 && channels !== 3)
    throw new ArgumentError(expected("1 (grey) or 3 (RGB)", "channels", channels));
  if (!FITS.includes(fit)) throw unknownName("fit", fit, [...FITS]);
  return { size, channels, fit };
}

/** Checks of numeric arguments that core and the runtimes share. */

import { ArgumentError, expected } from "./errors.js";

/**
 * @param lowest - smallest value allowed
 * @param highest - largest value allowed
 * @throws ArgumentError naming `name` unless `value` is an integer in that range
 */
export function mustBeInteger(value: number, name: string, lowest: number, highest: number): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return;
  const range = highest >= Number.MAX_SAFE_INTEGER ? `of at least ${lowest}` : `from ${lowest} to ${highest}`;
  throw new ArgumentError(expected(`an integer ${range}`, name, value));
}

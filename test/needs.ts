/** What a test may lack on a machine: skipped there with the reason and the remedy, a failure in CI. */

import type { TestContext } from "vitest";
import { inContinuousIntegration } from "../packages/trainer/src/data/testing.js";

/**
 * Ends the running test: skipped, or in CI failed, since CI is to bring everything.
 *
 * @param reason - what is not there, and the command that brings it
 */
export function skipOutsideCi(context: TestContext, reason: string): never {
  if (inContinuousIntegration()) throw new Error(`CI must not skip this: ${reason}`);
  context.skip(reason);
}

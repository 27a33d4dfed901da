/** What a test may lack on a machine: skipped there with the reason and the remedy, a failure in CI. */

import type { TestContext } from "vitest";

/**
 * Ends the running test: skipped, or with CI set failed, since CI is to bring everything.
 *
 * @param reason - what is not there, and the command that brings it
 */
export function skipOutsideCi(context: TestContext, reason: string): never {
  if (process.env.CI) throw new Error(`CI must not skip this: ${reason}`);
  context.skip(reason);
}

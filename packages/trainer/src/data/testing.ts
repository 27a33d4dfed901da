/** For tests only: suites that need downloaded data are skipped with the reason where it is missing; in CI they fail. */

// biome-ignore lint/correctness/noUndeclaredDependencies: for tests only, which run in the workspace
import { describe, test } from "vitest";
import { DATASET_NAMES, DATASETS, type DatasetName } from "./catalogue.js";
import { findFiles } from "./locate.js";

const present = new Set<DatasetName>();
for (const name of DATASET_NAMES)
  if (await findFiles(DATASETS[name], DATASETS[name].files)) present.add(name);

/** True where missing data must fail a test run rather than skip a part of it. */
export function inContinuousIntegration(): boolean {
  return !["", "0", "false", undefined].includes(process.env.CI);
}

/** A `describe` that runs `suite` when the files of a data set are there (MMGAN_DATA or the user's cache). */
export function describeWithData(name: DatasetName, title: string, suite: () => void): void {
  if (present.has(name)) {
    describe(title, suite);
    return;
  }
  const reason = `data set ${name} is not there; run "mmgan data fetch ${name}" or set MMGAN_DATA`;
  if (!inContinuousIntegration()) describe.skip(`${title} (skipped: ${reason})`, suite);
  else
    test(title, () => {
      throw new Error(`In CI this must run, but ${reason}.`);
    });
}

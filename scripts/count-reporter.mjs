/** A vitest reporter that writes what scripts/test.mjs closes with: how many passed, failed, were skipped, and why. */

import { writeFileSync } from "node:fs";

export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      const before = count.failed;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") count.passed++;
        else if (result.state === "failed") count.failed++;
        else
          count.skipped.push({ file: module.relativeModuleId, test: test.fullName, note: result.note ?? "" });
      }
      // A file that does not load, or whose set-up fails, has no failed test; it failed all the same.
      if (!module.ok() && count.failed === before) count.failed++;
    }
    writeFileSync(process.env.MMGAN_TEST_COUNT, JSON.stringify(count));
  }
}

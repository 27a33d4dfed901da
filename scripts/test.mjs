/**
 * `npm test [-- VITEST ARGUMENTS]`: set-up, build, lint, every test. The last line, alone:
 *
 *     N passed, N failed, N skipped
 *
 * A build or lint that fails counts as one failed; the exit status is 0 when nothing failed.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, install, root, runPackage } from "./set-up.mjs";

function test() {
  const folder = mkdtempSync(join(tmpdir(), "mmgan-test-"));
  const file = join(folder, "count.json");
  try {
    const status = runPackage(
      "vitest/vitest.mjs",
      [
        "run",
        "--reporter=default",
        `--reporter=${join(root, "scripts/count-reporter.mjs")}`,
        ...process.argv.slice(2),
      ],
      { MMGAN_TEST_COUNT: file },
    );
    const count = JSON.parse(readFileSync(file, "utf8"));
    // vitest found something wrong that belongs to no test, such as an argument that matches no file.
    if (status !== 0 && count.failed === 0) count.failed = 1;
    return count;
  } catch (error) {
    process.stderr.write(`vitest left no result: ${error.message}\n`);
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function main() {
  if (!install()) {
    process.stderr.write("npm ci failed; see above.\n");
    return { passed: 0, failed: 1, skipped: [] };
  }
  const checks = {
    "npm run build": build(),
    "npm run lint": runPackage("@biomejs/biome/bin/biome", ["check", "."]) === 0,
  };
  const count = test();
  for (const [name, ok] of Object.entries(checks)) {
    if (ok) continue;
    count.failed++;
    process.stdout.write(`failed: ${name}, see above\n`);
  }
  return count;
}

const { passed, failed, skipped } = main();
for (const { file, test: name, note } of skipped)
  process.stdout.write(`skipped: ${file} > ${name}${note ? `: ${note}` : ""}\n`);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;

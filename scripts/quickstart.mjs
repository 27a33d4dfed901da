/**
 * `npm run quickstart [-- OPTIONS OF mmgan quickstart]`: installs and builds where needed, then trains on the embedded
 * digits and leaves everything in ./quickstart. Needs Node and npm, nothing else.
 */

import { build, install, root } from "./set-up.mjs";

function setUp() {
  process.stderr.write("installing (npm ci; nothing to do when it was done before) ...\n");
  if (!install()) return "npm ci failed; see above.";
  process.stderr.write("building (tsc -b) ...\n");
  return build() ? undefined : "the build failed; see above.";
}

const failure = setUp();
if (failure) {
  process.stderr.write(`${failure}\n`);
  process.exitCode = 1;
} else {
  const { run } = await import(new URL("../packages/cli/dist/index.js", import.meta.url));
  process.chdir(root);
  process.exitCode = await run(["quickstart", ...process.argv.slice(2)]);
}

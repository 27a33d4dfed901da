/** `npm run docs`: writes docs/cli.md from the built command's parser. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, root } from "./set-up.mjs";

if (build()) {
  const { buildProgram, renderDocs } = await import(
    new URL("../packages/cli/dist/index.js", import.meta.url)
  );
  const path = join(root, "docs/cli.md");
  writeFileSync(path, renderDocs(buildProgram()));
  process.stdout.write(`${path}\n`);
} else process.exitCode = 1;

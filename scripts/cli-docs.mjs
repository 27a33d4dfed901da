/** `npm run docs`: writes docs/cli.md from the built command's parser, docs/kernels.md from the exporter's registry. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderKernels } from "./kernel-docs.mjs";
import { build, root } from "./set-up.mjs";

if (build()) {
  const { buildProgram, renderDocs } = await import(
    new URL("../packages/cli/dist/index.js", import.meta.url)
  );
  const kernels = (file) => import(new URL(`../packages/export/dist/kernels/${file}.js`, import.meta.url));
  const [{ LOWERINGS }, { LIMITS }, { WITHOUT_ONNX }] = await Promise.all(
    ["index", "limits", "without-onnx"].map(kernels),
  );
  const pages = {
    "docs/cli.md": renderDocs(buildProgram()),
    "docs/kernels.md": renderKernels(LOWERINGS, LIMITS, WITHOUT_ONNX),
  };
  for (const [page, text] of Object.entries(pages)) {
    const path = join(root, page);
    writeFileSync(path, text);
    process.stdout.write(`${path}\n`);
  }
} else process.exitCode = 1;

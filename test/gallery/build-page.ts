/** Compiles the gallery's page: it runs in a browser, and is no part of what tests read from the sources. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export function buildPage(): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-b", "packages/gallery"], { cwd: root });
  if (status !== 0) throw new Error(`The gallery's page does not compile:\n${stdout}`);
}

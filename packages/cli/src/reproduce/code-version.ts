/** Which code made a run: the version, in a clone the commit, and a hash of the compiled files that ran. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { VERSION } from "../version.js";

const HERE = dirname(fileURLToPath(import.meta.url));
/** What a run's figures depend on. */
const PACKAGES = ["@mmgan/core", "@mmgan/export", "@mmgan/node-io", "@mmgan/trainer", "@mmgan/runtime-node"];

export interface CodeVersion {
  /** Of the package. */
  version: string;
  /** The commit, 40 hexadecimal digits; null outside a clone or without git. */
  commit: string | null;
  /** Whether sources or experiments differ from that commit; null where there is none. */
  changed: boolean | null;
  /** SHA-256 of all compiled files of the packages, which a build of the commit must give again. */
  built: string;
}

/** The code that runs now. */
export async function codeVersion(): Promise<CodeVersion> {
  const built = await builtHash();
  const git = async (...args: string[]) =>
    (await promisify(execFile)("git", ["-C", HERE, ...args])).stdout.trim();
  try {
    const top = await git("rev-parse", "--show-toplevel");
    // In node_modules of some other repository its commit says nothing about this code.
    await git("ls-files", "--error-unmatch", "../../package.json");
    const commit = await git("rev-parse", "HEAD");
    const found = await git("-C", top, "status", "--porcelain", "--", "packages", "experiments");
    return { version: VERSION, commit, changed: found !== "", built };
  } catch {
    return { version: VERSION, commit: null, changed: null, built };
  }
}

async function builtHash(): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  const folders = [...PACKAGES.map((name) => dirname(resolve(name))), join(HERE, "..")];
  const hash = createHash("sha256");
  for (const [i, folder] of folders.entries()) {
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".js"));
    for (const file of files.map((name) => name.replaceAll("\\", "/")).sort()) {
      const bytes = await readFile(join(folder, file));
      hash.update(`${i} ${file} ${bytes.length}\n`).update(bytes);
    }
  }
  return hash.digest("hex");
}

/** Which code made a run: the version, and in a clone the commit. */

import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { VERSION } from "../version.js";

const HERE = dirname(fileURLToPath(import.meta.url));

export interface CodeVersion {
  /** Of the package. */
  version: string;
  /** The commit, 40 hexadecimal digits; null outside a clone or without git. */
  commit: string | null;
  /** Whether sources or experiments differ from that commit; null where there is none. */
  changed: boolean | null;
}

/** The code that runs now. */
export async function codeVersion(): Promise<CodeVersion> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)("git", ["-C", HERE, ...args])).stdout.trim();
  try {
    const top = await git("rev-parse", "--show-toplevel");
    // In node_modules of some other repository its commit says nothing about this code.
    await git("ls-files", "--error-unmatch", "../../package.json");
    const commit = await git("rev-parse", "HEAD");
    const found = await git("-C", top, "status", "--porcelain", "--", "packages", "experiments");
    return { version: VERSION, commit, changed: found !== "" };
  } catch {
    return { version: VERSION, commit: null, changed: null };
  }
}

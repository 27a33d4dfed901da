/** Runs the built `mmgan` as a user does: in a process of its own. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../packages/cli/bin/mmgan.js", import.meta.url));

/** What one run left behind. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcessWithoutNullStreams;
  finished: Promise<Finished>;
  /** Resolves once stderr holds `text`. */
  said(text: string): Promise<void>;
}

/** Starts `mmgan ...args`. */
export function startMmgan(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number | undefined } = {},
): Running {
  if (!existsSync(main)) throw new Error(`${main} is not there. Run npm run build first.`);
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stderr.includes(text) && resolve();
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`mmgan ended without saying "${text}":\n${stderr}`)));
      look();
    });
  return { process: child, finished, said };
}

/** Runs `mmgan ...args` to its end. */
export function mmgan(
  args: readonly string[],
  options?: Parameters<typeof startMmgan>[1],
): Promise<Finished> {
  return startMmgan(args, options).finished;
}

/** A user without rights of its own, for who is root: permissions do not hold root back. */
export const NOBODY = process.getuid?.() === 0 ? 65534 : undefined;

/** The line that ends a failed run: "mmgan: ... (E_CODE)". */
export function lastLine({ stderr }: Finished): string {
  return stderr.trimEnd().split("\n").at(-1) ?? "";
}

/** A folder for one file's tests, and how to remove it. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "mmgan-cli-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

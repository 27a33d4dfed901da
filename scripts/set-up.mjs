/** What a script needs before it can run on a fresh checkout: the packages of package-lock.json, and the build. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs a program from the repository root, its output passed through.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [env] - added to this process's environment
 * @returns {number} its exit status; 1 when it could not start or a signal ended it
 */
export function run(program, args, env = {}) {
  const result = spawnSync(program, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  if (result.error) process.stderr.write(`${program} did not start: ${result.error.message}\n`);
  return result.status ?? 1;
}

/** Runs the file of an installed package with this Node, e.g. `runPackage("typescript/bin/tsc", ["-b"])`. */
export function runPackage(file, args, env) {
  return run(process.execPath, [join(root, "node_modules", file), ...args], env);
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/**
 * Are the packages of package-lock.json installed, in these versions? Compared by content, since a checkout sets the
 * files' times as it likes. Packages of other platforms are never installed, so an absent optional one is fine.
 */
export function isInstalled() {
  const wanted = readLock("package-lock.json");
  const installed = readLock("node_modules/.package-lock.json");
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/")) return true;
    const found = installed[path];
    if (!found) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * Brings node_modules to the state of package-lock.json, with the npm that started this script where there is one.
 *
 * @returns {boolean} whether everything is installed now
 */
export function install() {
  if (isInstalled()) return true;
  const npm = process.env.npm_execpath;
  const status = npm?.endsWith(".js")
    ? run(process.execPath, [npm, "ci"])
    : run(process.platform === "win32" ? "npm.cmd" : "npm", ["ci"]);
  return status === 0;
}

/** @returns {boolean} whether every package compiles */
export function build() {
  return runPackage("typescript/bin/tsc", ["-b"]) === 0;
}

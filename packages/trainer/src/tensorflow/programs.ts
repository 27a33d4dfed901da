/** The programs that set-up runs: npm, a C++ compiler, and this Node to try what was built. */

import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { EngineError, InterruptedError } from "@mmgan/core";

/** Looked for in this order, after the environment variable CXX. */
const COMPILERS = ["g++", "c++", "clang++"];

/** What a program said and how it ended. */
export interface Ran {
  readonly status: number | null;
  /** Standard output and error, as they came. */
  readonly output: string;
}

/** Runs a program to its end. @throws InterruptedError when `signal` aborts; the system's error if it does not start */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal | undefined } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      signal: options.signal,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    child.on("error", (cause) =>
      reject(
        options.signal?.aborted
          ? new InterruptedError(`Stopped on request while ${program} ran. Run the command again to go on.`, {
              cause,
            })
          : cause,
      ),
    );
    child.on("close", (status) => resolve({ status, output }));
  });
}

/** The compiler: CXX, else the first of g++, c++ and clang++ on PATH. @throws EngineError naming those looked for */
export function findCompiler(): string {
  const named = process.env.CXX;
  const found = (named ? [named] : COMPILERS).find(isProgram);
  if (found) return found;
  throw new EngineError(
    named
      ? `The C++ compiler that CXX names, ${named}, is not there. Correct or unset CXX.`
      : `Building the addon needs a C++ compiler, but none of ${COMPILERS.join(", ")} is on PATH. ` +
          "Install one (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++), or name it in CXX.",
  );
}

function isProgram(name: string): boolean {
  const paths = name.includes("/")
    ? [name]
    : (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  return paths.some((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The user's npm, where mmgan was started by one that very npm: its registry and settings hold. */
export function npmCommand(args: readonly string[]): [program: string, args: string[]] {
  const npm = process.env.npm_execpath;
  return npm?.endsWith(".js") ? [process.execPath, [npm, ...args]] : ["npm", [...args]];
}

/** Runs one command line: what went wrong becomes one line on stderr and an exit code. */

import { InterruptedError, MmganError } from "@mmgan/core";
import { CommanderError } from "commander";
import { ExitStatus } from "./exit-status.js";
import { mustHaveRequired } from "./options.js";
import { printDocument, printError } from "./output.js";
import { buildProgram } from "./program.js";
import { mark, printMarks } from "./stages.js";

/** Exit codes of the command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Parses and runs `argv` (without the node and script paths).
 *
 * @returns 0, or 1 for an expected error, 2 for a command line that cannot be run as typed, 130 when interrupted
 */
export async function run(argv: readonly string[]): Promise<number> {
  ignoreClosedPipe();
  mark("node and the command line's modules");
  let started = false;
  const program = buildProgram();
  program.hook("preAction", (_, command) => {
    mustHaveRequired(command);
    started = true;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    printMarks();
    return EXIT.ok;
  } catch (error) {
    return report(error, started, argv.includes("--json"));
  }
}

/** A reader that went away (`mmgan data list | head -1`) is no error. */
function ignoreClosedPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    throw error;
  });
}

async function report(error: unknown, started: boolean, json: boolean): Promise<number> {
  if (error instanceof ExitStatus) return error.status;
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok; // --help, --version
  const { code, message } = describe(error);
  printError(code, message);
  if (json) await printDocument({ error: { code, message } });
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return started ? EXIT.failed : EXIT.usage;
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof MmganError) return { code: error.code, message: error.message };
  if (error instanceof CommanderError) return { code: "E_USAGE", message: usageMessage(error) };
  return {
    code: "E_UNEXPECTED",
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

/** commander's "error: unknown option '--stepz'\n(Did you mean --steps?)" as one sentence per line break. */
function usageMessage(error: CommanderError): string {
  if (error.code === "commander.help")
    return "Expected a command but received none. Run mmgan --help for the list.";
  const [first = "", ...rest] = error.message
    .replace(/^error: /, "")
    .trim()
    .split(/\s*\n\s*/);
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/\.?$/, ".");
  return [sentence, ...rest.map((line) => line.replace(/^\((.*)\)$/, "$1"))].join(" ");
}

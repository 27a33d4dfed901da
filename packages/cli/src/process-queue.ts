/** A queue of child processes: a few at a time, each in a process group of its own, stopped by a word rather than a signal. */

import { type ChildProcess, spawn } from "node:child_process";

/** One process to run. */
export interface QueuedProcess {
  /** Names it in what is reported. */
  readonly name: string;
  /** Arguments for Node: a program, then its own. */
  readonly args: readonly string[];
}

/** How a process ended. */
export interface ProcessEnd {
  readonly name: string;
  /** Exit status; null when it was killed or could not be started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface QueueOptions {
  /** Processes at a time, at least 1. */
  readonly parallel: number;
  /** Once aborted no more are started, and those running get the message {@link STOP}. */
  readonly signal: AbortSignal;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a process sends by `process.send`. */
  readonly onMessage?: (name: string, message: unknown) => void;
  readonly onEnd?: (end: ProcessEnd) => void;
}

/** The message that asks a process to stop after what it must write. A parent that is gone says the same. */
export const STOP = "stop";

/** Runs all, in order of their start. Those never started, because of an abort, are left out of what is returned. */
export async function runProcesses(
  queue: readonly QueuedProcess[],
  options: QueueOptions,
): Promise<ProcessEnd[]> {
  const ends: ProcessEnd[] = [];
  let next = 0;
  const work = async () => {
    while (next < queue.length && !options.signal.aborted) {
      const place = next++;
      const end = await runProcess(queue[place]!, options);
      ends[place] = end;
      options.onEnd?.(end);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.parallel, queue.length) }, work));
  return ends.filter(Boolean);
}

function runProcess(
  { name, args }: QueuedProcess,
  { signal, env, onMessage }: QueueOptions,
): Promise<ProcessEnd> {
  // Detached: Ctrl-C reaches the parent alone, which then asks each child once.
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
    windowsHide: true,
  });
  const text = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream]!.setEncoding("utf8").on("data", (chunk: string) => {
      text[stream] += chunk;
    });
  child.on("message", (message) => onMessage?.(name, message));
  const stop = () => sendStop(child);
  signal.addEventListener("abort", stop);
  return new Promise((resolve) => {
    const end = (code: number | null, killed: NodeJS.Signals | null) => {
      signal.removeEventListener("abort", stop);
      resolve({ name, code, signal: killed, ...text });
    };
    child.on("error", (error) => {
      if (child.pid !== undefined) return;
      text.stderr += `${error.message}\n`;
      end(null, null);
    });
    child.on("close", end);
  });
}

function sendStop(child: ChildProcess): void {
  // It may be gone by now.
  if (child.connected) child.send(STOP, () => {});
}

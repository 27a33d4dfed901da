/** The other end of process-queue.ts: a command that another `mmgan` has started, shows nothing and tells its parent. */

import { STOP } from "./process-queue.js";
import type { Progress, ProgressOptions } from "./progress.js";

/** Set in the environment of such a command. */
export const UNDER_PARENT = { MMGAN_PARENT: "1" };

/** What it tells. */
export type ParentMessage =
  | { kind: "progress"; label: string; done: number; total: number; note: string }
  | { kind: "log"; line: string };

/** Milliseconds between two reports of progress. */
const EVERY = 200;

/** True in a process that has such a parent. */
export const hasParent = (): boolean =>
  process.env.MMGAN_PARENT === UNDER_PARENT.MMGAN_PARENT && process.send !== undefined;

function tell(message: ParentMessage): void {
  // A parent that is gone is told of nothing; `onParentStop` ends the work.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/** A display that tells the parent. */
export function parentProgress({ label, total = 0, from = 0 }: ProgressOptions): Progress {
  let last = { done: from, total, note: "" };
  let toldAt = Number.NEGATIVE_INFINITY;
  let running = true;
  const say = () => {
    toldAt = performance.now();
    tell({ kind: "progress", label, ...last });
  };
  say();
  return {
    update(done, note = "") {
      last = { ...last, done, note };
      if (running && performance.now() - toldAt >= EVERY) say();
    },
    setTotal(count) {
      last = { ...last, total: count };
    },
    log: (line) => tell({ kind: "log", line }),
    stop() {
      if (running) say();
      running = false;
    },
  };
}

/** Calls `stop` once when the parent asks for it or is gone. @returns how to listen no more */
export function onParentStop(stop: () => void): () => void {
  if (!hasParent()) return () => {};
  const heard = (message: unknown) => {
    if (message === STOP) stop();
  };
  process.on("message", heard);
  process.on("disconnect", stop);
  // Listening must not keep a finished process alive.
  process.channel?.unref();
  return () => {
    process.off("message", heard);
    process.off("disconnect", stop);
  };
}

/** Progress on stderr: a bar with rate and time left on a terminal, a plain line every few seconds elsewhere. */

import { SingleBar } from "cli-progress";
import { formatSeconds } from "./output.js";
import { hasParent, parentProgress } from "./parent-process.js";

/** Seconds between two plain lines. */
const LINE_EVERY = 5;
/** The same where the caller tells the time left: hours, mostly. */
const SLOW_LINE_EVERY = 30;
/** Seconds before the first: what is done sooner says nothing. */
const LINE_AFTER = 1;

/** A running count. `total` may be learnt late or stay unknown. */
export interface Progress {
  /** Sets the count, and the note shown behind it (say, a loss). */
  update(done: number, note?: string): void;
  setTotal(total: number): void;
  /** Prints a line without disturbing the bar. */
  log(line: string): void;
  /** Ends the display, leaving its last state. Later calls do nothing. */
  stop(): void;
}

export interface ProgressOptions {
  /** What goes on, e.g. "training". */
  label: string;
  /** What is counted, e.g. "steps". */
  unit: string;
  /** How many there will be; 0 when not known yet. */
  total?: number;
  /** The count at the start, when a run is resumed. Default 0. */
  from?: number;
  /** Seconds left, where the caller knows better than the rate tells; NaN while unknown. The rate is then not shown. */
  left?: () => number;
  /** Where to write. Default stderr. */
  stream?: NodeJS.WriteStream;
  /** Clock in milliseconds, for tests. */
  now?: () => number;
}

/** Starts a display fitting to the stream, or to a parent `mmgan` that shows it. */
export function startProgress(options: ProgressOptions): Progress {
  if (!options.stream && hasParent()) return parentProgress(options);
  const stream = options.stream ?? process.stderr;
  return stream.isTTY ? barProgress(options, stream) : lineProgress(options, stream);
}

/** Seconds that the rate looks back: the work of a step may change on the way. */
const WINDOW = 15;

/** Seconds between two counts that are kept: counts may come by the thousand a second. */
const KEPT_EVERY = 0.1;

/** Items per second of late, and seconds left at that rate. */
export class Rate {
  readonly #now: () => number;
  readonly #startedAt: number;
  /** Counts seen lately, oldest first: [seconds since the start, count]. */
  readonly #seen: [number, number][];

  /** @param from - the count at the start (a resumed run does not start at 0) */
  constructor(from = 0, now: () => number = Date.now) {
    this.#now = now;
    this.#startedAt = now();
    this.#seen = [[0, from]];
  }

  /** `left` is NaN while it cannot be known. */
  at(done: number, total: number): { elapsed: number; perSecond: number; left: number } {
    const elapsed = (this.#now() - this.#startedAt) / 1000;
    if (elapsed - this.#seen.at(-1)![0] >= KEPT_EVERY) this.#seen.push([elapsed, done]);
    // The newest of those that are WINDOW old stays, as the other end of the difference.
    while (this.#seen.length > 2 && this.#seen[1]![0] <= elapsed - WINDOW) this.#seen.shift();
    const [since, from] = this.#seen[0]!;
    const perSecond = elapsed > since ? Math.max(0, done - from) / (elapsed - since) : 0;
    const left = total > 0 && perSecond > 0 ? Math.max(0, total - done) / perSecond : Number.NaN;
    return { elapsed, perSecond, left };
  }
}

export function formatRate(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3);
}

/** "training 120/800 steps, 33.1/s, 21 s left, loss 0.12" */
export function progressLine(
  options: ProgressOptions,
  done: number,
  total: number,
  rate: { perSecond: number; left: number },
  note: string,
): string {
  const count = total > 0 ? `${done}/${total}` : `${done}`;
  const parts = [`${options.label} ${count} ${options.unit}`];
  if (rate.perSecond > 0) parts.push(`${formatRate(rate.perSecond)}/s`);
  if (Number.isFinite(rate.left)) parts.push(`${formatSeconds(rate.left)} left`);
  if (note) parts.push(note);
  return parts.join(", ");
}

/** The rate's figures, the time left as the caller knows it where it does. */
const known = <T extends { perSecond: number; left: number }>(now: T, { left }: ProgressOptions): T =>
  left ? { ...now, perSecond: 0, left: left() } : now;

function barProgress(options: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const rate = new Rate(options.from, options.now);
  const bar = new SingleBar({
    format: `${options.label} {bar} {value}/{total} ${options.unit} ${options.left ? "" : "{rate}/s "}{left} left {note}`,
    barCompleteChar: "\u2588",
    barIncompleteChar: "\u2591",
    barsize: 24,
    hideCursor: true,
    stream,
    fps: 8,
    gracefulExit: false,
  });
  let total = options.total ?? 0;
  bar.start(total, options.from ?? 0, { rate: "-", left: "-", note: "" });
  let running = true;
  // Whatever ends the process, the cursor comes back.
  const stop = () => {
    if (running) bar.stop();
    running = false;
    process.off("exit", stop);
  };
  process.on("exit", stop);
  return {
    update(done, note = "") {
      if (!running) return;
      const now = known(rate.at(done, total), options);
      bar.update(done, { rate: formatRate(now.perSecond), left: formatSeconds(now.left), note });
    },
    setTotal(count) {
      total = count;
      if (running) bar.setTotal(count);
    },
    log(line) {
      stream.write(`\r\u001b[K${line}\n`);
    },
    stop,
  };
}

function lineProgress(options: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const rate = new Rate(options.from, options.now);
  let total = options.total ?? 0;
  let last: { done: number; note: string } | undefined;
  let nextAt = LINE_AFTER;
  let printed: string | undefined;
  // What takes hours says less often that it goes on, and says it though nothing was counted meanwhile.
  const [every, shown] = options.left
    ? [SLOW_LINE_EVERY, (now: { done: number; note: string }) => `${now.done} ${now.note}`]
    : [LINE_EVERY, (now: { done: number; note: string }) => `${now.done}`];
  let running = true;
  const show = (always: boolean) => {
    if (!last || shown(last) === printed) return;
    const now = known(rate.at(last.done, total), options);
    if (now.elapsed < nextAt && !always) return;
    nextAt = now.elapsed + every;
    printed = shown(last);
    stream.write(`${progressLine(options, last.done, total, now, last.note)}\n`);
  };
  return {
    update(done, note = "") {
      if (!running) return;
      last = { done, note };
      show(false);
    },
    setTotal(count) {
      total = count;
    },
    log(line) {
      stream.write(`${line}\n`);
    },
    stop() {
      if (running) show(printed !== undefined);
      running = false;
    },
  };
}

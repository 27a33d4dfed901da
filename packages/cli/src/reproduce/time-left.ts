/** How long a queue of runs still takes: by the seconds of like runs, before those by rough ones of the data. */

/** A run as the forecast sees it. */
export interface RunAhead {
  /** Runs of the same kind cost the same. */
  readonly kind: string;
  /** Its size in units of work: steps, or 1. */
  readonly work: number;
  /** Seconds of a unit as guessed beforehand, one thread. Only their ratios matter once something was measured. */
  readonly guess: number;
}

/**
 * Learns from what goes on.
 *
 * @param now - a clock in milliseconds
 */
export class TimeLeft {
  readonly #runs: readonly RunAhead[];
  readonly #jobs: number;
  readonly #now: () => number;
  readonly #done: number[];
  readonly #spans = new Map<number, { at: number; from: number }>();
  /** Seconds and work seen, by kind; and the same work at its guess. */
  readonly #seen = new Map<string, { seconds: number; work: number }>();

  constructor(runs: readonly RunAhead[], jobs: number, now: () => number = Date.now) {
    this.#runs = runs;
    this.#jobs = jobs;
    this.#now = now;
    this.#done = runs.map(() => 0);
  }

  /** Run `i` has done `work` units. The first word on a run is where it starts from, and costs nothing. */
  update(i: number, work: number): void {
    const now = this.#now();
    const span = this.#spans.get(i);
    this.#done[i] = work;
    if (!span) {
      this.#spans.set(i, { at: now, from: work });
      return;
    }
    const seen = this.#seen.get(this.#runs[i]!.kind) ?? { seconds: 0, work: 0 };
    seen.seconds += (now - span.at) / 1000;
    seen.work += work - span.from;
    this.#seen.set(this.#runs[i]!.kind, seen);
    this.#spans.set(i, { at: now, from: work });
  }

  /** Run `i` needs no more time: it is done, or it failed. */
  finish(i: number): void {
    this.#done[i] = this.#runs[i]!.work;
  }

  /** Seconds; NaN before anything was seen. */
  left(): number {
    let seconds = 0;
    let guessed = 0;
    for (const [kind, seen] of this.#seen) {
      if (seen.work <= 0) continue;
      seconds += seen.seconds;
      guessed += seen.work * this.#runs.find((run) => run.kind === kind)!.guess;
    }
    if (guessed === 0) return Number.NaN;
    const scale = seconds / guessed;
    const costs = this.#runs.map(({ kind, work, guess }, i) => {
      const seen = this.#seen.get(kind);
      return (work - this.#done[i]!) * (seen && seen.work > 0 ? seen.seconds / seen.work : guess * scale);
    });
    const sum = costs.reduce((a, b) => a + b, 0);
    // The longest run cannot be shared.
    return Math.max(sum / this.#jobs, ...costs);
  }
}

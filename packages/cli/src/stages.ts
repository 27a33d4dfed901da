/** Where a command's time goes: moments it passes, written to stderr at its end when the environment asks for it. */

/** Set to 1 by `mmgan bench start` alone. */
export const STAGES_VARIABLE = "MMGAN_STAGES";

/** The end of a stage: its name, and milliseconds since 1970. */
export type Mark = [stage: string, at: number];

const marks: Mark[] = [];
const wanted = process.env[STAGES_VARIABLE] === "1";

/** Notes that `stage` ends now. Costs nothing unless asked for. */
export function mark(stage: string): void {
  if (wanted) marks.push([stage, performance.timeOrigin + performance.now()]);
}

/** Prints the marks as one JSON document on stderr. */
export function printMarks(): void {
  if (wanted) process.stderr.write(JSON.stringify(marks));
}

/** Milliseconds of each stage, from the start of the process to its end: the time since the mark before. */
export function stageTimes(found: readonly Mark[], started: number, ended: number): Mark[] {
  const all: Mark[] = [...found, ["exit", ended]];
  return all.map(([stage, at], i) => [stage, at - (i === 0 ? started : all[i - 1]![1])]);
}

/** Where words go: results on stdout, everything said on the way on stderr. */

/** Writes text to stdout and waits until it is taken, so that a pipe gets all of it. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

/** Writes `value` as the one JSON document of a `--json` run. NaN and infinities become null, as in JSON.stringify. */
export function printDocument(value: unknown): Promise<void> {
  return print(JSON.stringify(value, null, 2));
}

/** Prints `value` as JSON when asked for, otherwise its `text`. */
export function printResult(json: boolean | undefined, value: unknown, text: () => string): Promise<void> {
  return json ? printDocument(value) : print(text());
}

/** One line for people on stderr. */
export function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** "mmgan: message (E_CODE)"; a stack keeps its lines. */
export function printError(code: string, message: string): void {
  log(`mmgan: ${code === "E_UNEXPECTED" ? message : message.replace(/\s*\n\s*/g, " ")} (${code})`);
}

/** Left-aligned columns two spaces apart; numbers are right-aligned. The first row is the head. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...rows.map((row) => (row[c] ?? "").length)),
  );
  const numeric = widths.map((_, c) => rows.slice(1).every((row) => /^(-?[\d.,]+|-)?$/.test(row[c] ?? "")));
  const line = (row: readonly string[]) =>
    widths
      .map((width, c) => (numeric[c] ? (row[c] ?? "").padStart(width) : (row[c] ?? "").padEnd(width)))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

/** 1536 -> "1.5 KiB" */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Seconds as "42 s", "3 min 5 s" or "2 h 4 min"; a dash when unknown. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** "1 thread", "4 threads". */
export const threadCount = (threads: number): string => (threads === 1 ? "1 thread" : `${threads} threads`);

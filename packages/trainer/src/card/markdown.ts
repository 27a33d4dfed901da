/** Markdown of a card, put together. */

/** Parts with an empty line between; what is left out, or false, is skipped. */
export function lines(parts: readonly (string | false | undefined)[]): string {
  return parts.filter(Boolean).join("\n\n");
}

/** A table; cells are Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`.replace(/ {2,}/g, " ");
  return [row(head), `|${"---|".repeat(head.length)}`, ...rows.map(row)].join("\n");
}

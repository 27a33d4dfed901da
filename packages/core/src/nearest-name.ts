/** The nearest valid name to a misspelt one, and the error that offers it. */

import { distance } from "fastest-levenshtein";
import { expected, UnknownNameError } from "./errors.js";

/**
 * The valid name a person most likely meant: one that begins with what was typed (ignoring case), else the one with
 * the fewest edits, if those are at most half of the longer name. The first of equals.
 *
 * @returns undefined when no valid name is near
 */
export function nearestName(name: string, valid: readonly string[]): string | undefined {
  const typed = name.toLowerCase();
  if (typed === "") return undefined;
  let nearest: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of valid) {
    const known = candidate.toLowerCase();
    const begins = known.startsWith(typed);
    const edits = known === typed ? -1 : begins ? 0 : distance(typed, known);
    if (edits >= fewest || edits > Math.max(typed.length, known.length) / 2) continue;
    nearest = candidate;
    fewest = edits;
  }
  return nearest;
}

/**
 * The error for a name that does not exist: "Expected one of a, b, c for loss but received rsgna. Did you mean rsgan?"
 *
 * @param kind - what the name is of, e.g. "loss", "data set", "--engine"
 * @param name - what was given
 * @param valid - every valid name
 */
export function unknownName(kind: string, name: string, valid: readonly string[]): UnknownNameError {
  const nearest = nearestName(name, valid);
  return new UnknownNameError(
    expected(`one of ${valid.join(", ")}`, kind, name, nearest && `Did you mean ${nearest}?`),
  );
}

/** In what a run differs from the one it is to go on with. */

import type { RunHead } from "./run-entry.js";

/** "name (old, now new)" for each thing that rows depend on; empty when rows of both can stand in one file. */
export function differences(old: RunHead, now: RunHead): string[] {
  const model = ({ model: { name, sha256 } }: RunHead) => `${name} ${sha256.slice(0, 8)}`;
  const found: [name: string, old: unknown, now: unknown][] = [];
  if (old.model.sha256 !== now.model.sha256) found.push(["model", model(old), model(now)]);
  if (old.schema !== now.schema) found.push(["schema", old.schema, now.schema]);
  if (old.root !== now.root) found.push(["folder", old.root ?? "none", now.root ?? "none"]);
  for (const name of new Set([...Object.keys(old.options), ...Object.keys(now.options)]))
    if (old.options[name] !== now.options[name]) found.push([name, old.options[name], now.options[name]]);
  return found.map(([name, before, after]) => `${name} (${before}, now ${after})`);
}

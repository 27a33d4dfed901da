/** Corrections from one visit to the next, and to and from files. */

import type { Corrections, CorrectionsFile } from "./corrections.js";
import { element } from "./dom.js";
import { store, stored } from "./storage.js";

const FILE = "corrections.json";

/** What a browser keeps of a gallery, null where it keeps nothing. */
export function keptCorrections(key: string): { current?: unknown; saved?: unknown } | null {
  const kept = stored(keyOf(key));
  return typeof kept === "object" && kept !== null ? kept : null;
}

/** From now on the browser keeps them; where it cannot, it asks before the page is left with unsaved ones. */
export function keepCorrections(corrections: Corrections, key: string): void {
  let kept = true;
  corrections.onChange(() => {
    kept = store(keyOf(key), corrections.toStored());
  });
  addEventListener("beforeunload", (event) => {
    if (!kept && corrections.unsaved > 0) event.preventDefault();
  });
}

const keyOf = (key: string): string => `mmgan-gallery:corrections:${key}`;

/** Hands the file to the browser as a download. */
export function saveCorrections(corrections: Corrections): void {
  const text = formatCorrections(corrections.file());
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  element("a", { href: url, download: FILE }).click();
  // The download has its own hold on the bytes a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  corrections.markSaved();
}

/** A line for each name and each move. */
export function formatCorrections({ schema, names, moves }: CorrectionsFile): string {
  const lines = (values: readonly string[]) =>
    values.length === 0 ? "" : `\n    ${values.join(",\n    ")}\n  `;
  const named = Object.entries(names).map(([cluster, name]) => `"${cluster}": ${JSON.stringify(name)}`);
  const moved = moves.map((move) => JSON.stringify(move));
  return `{\n  "schema": "${schema}",\n  "names": {${lines(named)}},\n  "moves": [${lines(moved)}]\n}\n`;
}

/** Lets the reader choose a file. @returns its text */
export function chooseFile(): Promise<string> {
  const input = element("input", { type: "file", accept: ".json,application/json" });
  return new Promise((resolve, reject) => {
    input.addEventListener("change", () => {
      input.files?.[0]?.text().then(resolve, reject);
    });
    input.click();
  });
}

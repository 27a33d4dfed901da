/** Names of folders for clusters, and of files in them, that every file system takes. */

import { posix } from "node:path";
import type { Names } from "../names.js";

/** "sneakers", or "cluster-03" where a cluster has no name; names that meet on a system without cases get the number. */
export function folderNames(clusters: number, names: Names): string[] {
  const digits = Math.max(2, `${clusters - 1}`.length);
  const found = Array.from({ length: clusters }, (_, k) =>
    safe(names[k] ?? `cluster-${String(k).padStart(digits, "0")}`),
  );
  const uses = new Map<string, number>();
  for (const name of found) uses.set(key(name), (uses.get(key(name)) ?? 0) + 1);
  return found.map((name, k) => (uses.get(key(name))! > 1 ? `${name} (${k})` : name));
}

/** Gives each picture of a folder a name of its own: "a.png", then "a (2).png". */
export class FileNames {
  readonly #taken = new Set<string>();

  take(path: string): string {
    const { name, ext } = posix.parse(safe(posix.basename(path)));
    for (let n = 1; ; n++) {
      const file = n === 1 ? `${name}${ext}` : `${name} (${n})${ext}`;
      if (this.#taken.has(key(file))) continue;
      this.#taken.add(key(file));
      return file;
    }
  }
}

const key = (name: string) => name.normalize("NFC").toLowerCase();

/** Without what Windows does not take: its separators and wildcards, control characters, a dot or space at the end. */
function safe(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a name must not hold
  const plain = name.replace(/[\u0000-\u001f<>:"/\\|?*]/g, "_").replace(/[. ]+$/, "_");
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `_${plain}` : plain;
}

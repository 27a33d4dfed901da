/** Names of folders for clusters, and of files in them, that every file system takes. */

import { posix } from "node:path";
import type { Names } from "../names.js";

/** Name of the journal in the sorted folder. */
export const SORT_JOURNAL = "mmgan-sort.jsonl";

/** Bytes of a name at most, on the file systems of today. */
const NAME_BYTES = 255;

/** "sneakers", or "cluster-03" where a cluster has no name; names that meet on a system without cases get the number. */
export function folderNames(clusters: number, names: Names): string[] {
  const digits = Math.max(2, `${clusters - 1}`.length);
  const wanted = Array.from({ length: clusters }, (_, k) =>
    safe(names[k] ?? `cluster-${String(k).padStart(digits, "0")}`),
  );
  const uses = new Map([[key(SORT_JOURNAL), 1]]);
  for (const name of wanted) uses.set(key(name), (uses.get(key(name)) ?? 0) + 1);
  const taken = new Set(uses.keys());
  return wanted.map((name, k) => {
    if (uses.get(key(name)) === 1) return name;
    for (let n = 0; ; n++) {
      const folder = ended(name, n === 0 ? ` (${k})` : ` (${k}.${n})`);
      if (taken.has(key(folder))) continue;
      taken.add(key(folder));
      return folder;
    }
  });
}

/** Gives each picture of a folder a name of its own: "a.png", then "a (2).png". */
export class FileNames {
  readonly #taken = new Set<string>();
  /** Name -> the number to try next, so that many pictures of one name cost no more than others. */
  readonly #next = new Map<string, number>();

  take(path: string): string {
    const { name, ext } = posix.parse(safe(posix.basename(path)));
    const wanted = key(name + ext);
    for (let n = this.#next.get(wanted) ?? 1; ; n++) {
      const file = ended(name, n === 1 ? ext : ` (${n})${ext}`);
      if (this.#taken.has(key(file))) continue;
      this.#taken.add(key(file));
      this.#next.set(wanted, n + 1);
      return file;
    }
  }
}

/** What is one name on a system that tells neither cases nor forms of accents apart. */
const key = (name: string) => name.normalize("NFC").toLowerCase();

/** Without what Windows does not take: its separators and wildcards, control characters, a dot or space at the end. */
function safe(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a name must not hold
  const plain = name.replace(/[\u0000-\u001f<>:"/\\|?*]/g, "_").replace(/[. ]+$/, "_");
  return ended(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `_${plain}` : plain, "");
}

/** `name` with `end` behind it, cut between letters where both together are too long. */
function ended(name: string, end: string): string {
  if (Buffer.byteLength(name + end) <= NAME_BYTES) return name + end;
  const letters = Array.from(name);
  while (letters.length > 1 && Buffer.byteLength(letters.join("") + end) > NAME_BYTES) letters.pop();
  return letters.join("") + end;
}

/** Folders as archives. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { writeFileAtomic } from "@mmgan/node-io";
import { pack } from "tar-stream";
import { ZipFile } from "yazl";

/** Packs what lies below `folder`, in an order of its own, as a zip or a gzipped tar. */
export async function packPictures(folder: string, archive: string, kind: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const named = await Promise.all(
    files.map(async (file) => [file.slice(folder.length + 1), await readFile(file)] as const),
  );
  if (kind === "zip") {
    const zip = new ZipFile();
    for (const [name, bytes] of named) zip.addBuffer(bytes, name);
    zip.end();
    await writeFileAtomic(archive, await buffer(zip.outputStream));
  } else {
    const tar = pack();
    for (const [name, bytes] of named) tar.entry({ name }, bytes);
    tar.finalize();
    await writeFileAtomic(archive, gzipSync(await buffer(tar)));
  }
}

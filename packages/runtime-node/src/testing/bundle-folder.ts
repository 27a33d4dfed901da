/** Bundles in folders of their own, for tests. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFolderAtomic } from "@mmgan/node-io";

/** Folders made by one test file, and how to remove them. */
export class TestFolders {
  readonly #made: string[] = [];

  /** A new empty folder. */
  async make(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "mmgan-runtime-"));
    this.#made.push(folder);
    return folder;
  }

  /** Writes a bundle's files and returns their folder. */
  async bundle(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
    const folder = join(await this.make(), "bundle");
    await writeFolderAtomic(folder, files);
    return folder;
  }

  async remove(): Promise<void> {
    for (const folder of this.#made.splice(0)) await rm(folder, { recursive: true, force: true });
  }
}

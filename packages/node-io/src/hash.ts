/** SHA-256 of files, streamed so that a large file need not fit in memory. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** SHA-256 of the file at `path`, 64 lower-case hexadecimal digits. Rejects with the system's error. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

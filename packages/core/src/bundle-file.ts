/** The checks that a file of a bundle passes before any of its bytes is used. */

import { BundleError } from "./errors.js";
import type { BundleFile } from "./manifest.js";
import { sha256Hex } from "./sha256.js";

/** What to do about a file that is not the manifest's. */
export const COPY_AGAIN = "Copy or export the bundle again";

/**
 * @param size - bytes of the file
 * @param where - its path or URL, for the message
 * @throws BundleError when the manifest says another size
 */
export function mustHaveSize(size: number, { bytes }: BundleFile, where: string): void {
  if (size !== bytes)
    throw new BundleError(
      `Expected ${bytes} bytes for ${where} but received ${size}: its size differs from the manifest's. ${COPY_AGAIN}.`,
    );
}

/** @throws BundleError when the SHA-256 of `content` is not the manifest's */
export async function mustHaveSha256(content: Uint8Array, entry: BundleFile, where: string): Promise<void> {
  const sha256 = await sha256Hex(content);
  if (sha256 !== entry.sha256)
    throw new BundleError(
      `Expected SHA-256 ${entry.sha256} for ${where} but received ${sha256}: the file is corrupt or was changed. ${COPY_AGAIN}.`,
    );
}

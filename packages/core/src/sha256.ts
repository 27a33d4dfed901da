/** SHA-256 through Web Crypto, which Node >= 20 and browsers (https or localhost) both have. */

import { DeviceError, expected } from "./errors.js";

/**
 * @param bytes - what to hash; any view, also of shared memory
 * @returns 64 lower-case hexadecimal digits
 * @throws DeviceError where Web Crypto is missing: a page served over plain http
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle)
    throw new DeviceError(
      expected("Web Crypto", "SHA-256", "none", "Serve the page over https or from localhost"),
    );
  // Web Crypto refuses views of a SharedArrayBuffer; slice() copies those into ordinary memory.
  const view = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
  const digest = new Uint8Array(await subtle.digest("SHA-256", view as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { sha256Hex } from "./sha256.js";

afterEach(() => vi.unstubAllGlobals());

test("gives the published digests of FIPS 180-2", async () => {
  expect(await sha256Hex(new TextEncoder().encode("abc"))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(await sha256Hex(new Uint8Array())).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

test("agrees with OpenSSL on any bytes, views and shared memory included", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const wanted = createHash("sha256").update(bytes).digest("hex");
      const padded = new Uint8Array(bytes.length + 8);
      padded.set(bytes, 3);
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      shared.set(bytes);
      expect(await sha256Hex(padded.subarray(3, 3 + bytes.length))).toBe(wanted);
      expect(await sha256Hex(shared)).toBe(wanted);
    }),
    { numRuns: 20 },
  );
});

test("says what to do where Web Crypto is missing", async () => {
  vi.stubGlobal("crypto", {});
  await expect(sha256Hex(new Uint8Array())).rejects.toMatchObject({
    name: "DeviceError",
    code: "E_DEVICE",
    message:
      "Expected Web Crypto for SHA-256 but received none. Serve the page over https or from localhost.",
  });
});

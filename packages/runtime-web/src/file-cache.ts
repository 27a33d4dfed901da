/** Checked files in the browser's Cache API, each under its URL and SHA-256: a new version of a file is a new key. */

import { type BundleFile, sha256Hex } from "@mmgan/core";

/** The name of the cache; its number changes with the layout of the keys. */
export const CACHE_NAME = "mmgan-bundles-1";

/** Never fails: a cache that cannot be read or written (private window, plain http, no room) is one that has nothing. */
export class FileCache {
  /** The file, if it was kept and is still what the manifest says. */
  async file(where: string, entry: BundleFile): Promise<Uint8Array | undefined> {
    const bytes = await read(keyOf(where, entry.sha256));
    if (bytes === undefined || bytes.length !== entry.bytes) return undefined;
    return (await sha256Hex(bytes)) === entry.sha256 ? bytes : undefined;
  }

  /** Keeps a checked file, and forgets its older versions. */
  async putFile(where: string, { sha256 }: BundleFile, bytes: Uint8Array): Promise<void> {
    await quietly(async (cache) => {
      const key = keyOf(where, sha256);
      for (const old of await cache.keys(key, { ignoreSearch: true }))
        if (old.url !== key) await cache.delete(old);
      await cache.put(key, new Response(bytes as Uint8Array<ArrayBuffer>));
    });
  }

  /** The last manifest of a bundle, for a page that is off line. */
  manifest(where: string): Promise<Uint8Array | undefined> {
    return read(keyOf(where, "last"));
  }

  async putManifest(where: string, bytes: Uint8Array): Promise<void> {
    await quietly((cache) => cache.put(keyOf(where, "last"), new Response(bytes as Uint8Array<ArrayBuffer>)));
  }
}

function keyOf(where: string, version: string): string {
  const url = new URL(where);
  url.search = `?mmgan=${version}`;
  return url.href;
}

async function read(key: string): Promise<Uint8Array | undefined> {
  const found = await quietly((cache) => cache.match(key));
  return found && new Uint8Array(await found.arrayBuffer());
}

async function quietly<T>(work: (cache: Cache) => Promise<T>): Promise<T | undefined> {
  try {
    return await work(await caches.open(CACHE_NAME));
  } catch {
    return undefined;
  }
}

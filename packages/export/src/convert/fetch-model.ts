/** Models by URL. */

import { DownloadError, expected } from "@mmgan/core";

export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** @throws DownloadError naming the address and what went wrong */
export async function fetchBytes(url: string, signal?: AbortSignal): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new DownloadError(
      expected("an answer", url, (cause as Error).message, "Check the address and the network"),
      { cause },
    );
  }
  if (!response.ok)
    throw new DownloadError(
      expected("status 200", url, `${response.status} ${response.statusText}`, "Check the address"),
    );
  return new Uint8Array(await response.arrayBuffer());
}

/** Fetches shards from beside `url`; a query of the model's address goes along. */
export function fromUrl(url: string, signal?: AbortSignal): (path: string) => Promise<Uint8Array> {
  return (path) => {
    const at = new URL(path, url);
    at.search = new URL(url).search;
    return fetchBytes(at.href, signal);
  };
}

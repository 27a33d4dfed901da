/** A web server for tests: folders of this machine under paths of 127.0.0.1, and pages made up on the spot. */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".png": "image/png",
  ".wasm": "application/wasm",
};

/** Headers that give a page cross-origin isolation, and with it threads. */
export const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** The strictest policy under which ONNX Runtime runs: no inline script, no eval, no other origin. */
export const STRICT_CSP = {
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' data: blob:; style-src 'self'; base-uri 'none'; form-action 'none'",
};

export interface StaticServer {
  /** "http://127.0.0.1:1234" */
  readonly origin: string;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Sent with every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked first; true where it answers. */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/**
 * Serves until closed.
 *
 * @param folders - first part of a path -> the folder it shows, e.g. { ort: "node_modules/onnxruntime-web/dist" }
 * @param pages - whole path -> HTML, e.g. { "/digits/": "<!doctype html>..." }
 */
export async function startStaticServer(
  folders: Readonly<Record<string, string>>,
  pages: Readonly<Record<string, string>>,
  { headers = {}, handle = () => false }: ServerOptions = {},
): Promise<StaticServer> {
  const bodyOf = async (path: string): Promise<string | Uint8Array> => {
    if (path in pages) return pages[path]!;
    const [, mount = "", ...rest] = normalize(path).split("/");
    if (!(mount in folders)) throw new Error(`nothing at ${path}`);
    return readFile(join(folders[mount]!, ...rest));
  };
  const server = createServer((request, response) => {
    if (handle(request, response)) return;
    const path = decodeURIComponent(new URL(request.url!, "http://127.0.0.1").pathname);
    bodyOf(path).then(
      (body) => {
        const type = path in pages ? ".html" : extname(path);
        response
          .writeHead(200, { ...headers, "content-type": TYPES[type] ?? "application/octet-stream" })
          .end(body);
      },
      () => response.writeHead(404, headers).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

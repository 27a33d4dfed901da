/** A server's faults, for tests: below /faults/KIND/ a bundle is served as a bad network or a wrong set-up would. */

import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { modelPath } from "@mmgan/models";

export const FAULTS = [
  "missing-manifest",
  "missing-file",
  "page-for-manifest",
  "page-for-file",
  "truncated",
  "forbidden",
  "down",
  "flaky",
  "cut",
  "slow",
] as const;
export type Fault = (typeof FAULTS)[number];

const PAGE = "<!doctype html><title>My app</title>";
/** The file that has the fault, where it is that of one file. */
const BAD = "encoder.onnx";
const SLOW_CHUNK_BYTES = 1000;

/** Answers /faults/KIND/MODEL/FILE; `asked` counts the requests for each path. */
export function faultyServer(asked = new Map<string, number>()) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { pathname } = new URL(request.url!, "http://127.0.0.1");
    const [, top, kind, model, file] = pathname.split("/");
    if (top === "asked") {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify([...asked]));
      return true;
    }
    if (top !== "faults") return false;
    const times = (asked.get(pathname) ?? 0) + 1;
    asked.set(pathname, times);
    answer(kind as Fault, readFileSync(join(modelPath(model!), file!)), file!, times, response);
    return true;
  };
}

function answer(kind: Fault, bytes: Buffer, file: string, times: number, response: ServerResponse): void {
  const whole = () => response.writeHead(200).end(bytes);
  const page = () => response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
  const manifest = file === "manifest.json";
  if (kind === "missing-manifest" && manifest) response.writeHead(404).end();
  else if (kind === "page-for-manifest" && manifest) page();
  else if (kind === "down" && !manifest) response.writeHead(503).end();
  else if (kind === "flaky" && times <= 2) response.writeHead(503).end();
  else if (file !== BAD) whole();
  else if (kind === "missing-file") response.writeHead(404).end();
  else if (kind === "page-for-file") page();
  else if (kind === "forbidden") response.writeHead(403).end();
  else if (kind === "truncated") response.writeHead(200).end(bytes.subarray(0, bytes.length / 2));
  // The connection ends in the middle, the first time.
  else if (kind === "cut" && times === 1) {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  } else if (kind === "slow") {
    // Never ends: who wants it has to stop it.
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, SLOW_CHUNK_BYTES));
  } else whole();
}

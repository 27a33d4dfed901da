/** The runtime's contract in a page: every way of loading on one device, its results left in the window. */

import { loadModel } from "@mmgan/runtime-web";
import { describeRuntimeContract } from "../contract/runtime-contract.js";
import { runTests } from "./vitest-in-page.js";

const device = new URLSearchParams(location.search).get("device") as "wasm" | "webgpu";

/** A server that has these files alone. */
function serving(files: ReadonlyMap<string, Uint8Array>): typeof fetch {
  return async (url) => {
    const name = new URL(String(url)).pathname.split("/").pop()!;
    const bytes = files.get(name);
    return bytes ? new Response(bytes.slice()) : new Response("not found", { status: 404 });
  };
}

let bundles = 0;
runTests(() => {
  describeRuntimeContract(`runtime-web on ${device}, files`, (files) => loadModel({ files }, { device }));
  describeRuntimeContract(`runtime-web on ${device}, URL and worker`, (files) =>
    loadModel(`/bundles/${bundles++}`, { device, fetch: serving(files), worker: true }),
  );
}).then(
  (results) => Object.assign(window, { results }),
  (error) =>
    Object.assign(window, { results: [{ name: "the page", passed: false, errors: [String(error.stack)] }] }),
);

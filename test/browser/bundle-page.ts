/** Bundles test code for a page, as a bundler of the field does, with ONNX Runtime left to the server. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where a page's server shows onnxruntime-web, and the modules of the page. */
export const ORT_FOLDER = join(root, "node_modules/onnxruntime-web/dist");
export const ORT_MODULES: Readonly<Record<string, string>> = {
  "onnxruntime-web/wasm": "/ort/ort.wasm.bundle.min.mjs",
  "onnxruntime-web/webgpu": "/ort/ort.webgpu.bundle.min.mjs",
};

/**
 * Writes `page.js`, the module itself, and `worker.js`, the runtime's worker beside it.
 *
 * @param entry - path of the module from the repository's root
 * @param folder - where to write
 */
export async function bundlePage(
  entry: string,
  folder: string,
  { minify = false }: { minify?: boolean } = {},
): Promise<void> {
  const built = await rolldown({
    input: { page: join(root, entry), worker: join(root, "packages/runtime-web/src/worker.ts") },
    platform: "browser",
    resolve: { conditionNames: ["@mmgan/source", "browser", "module", "import", "default"] },
    logLevel: "silent",
    plugins: [
      {
        name: "page",
        resolveId: (id) => {
          if (id === "vitest") return join(root, "test/browser/vitest-in-page.ts");
          return id in ORT_MODULES ? { id: ORT_MODULES[id]!, external: true } : undefined;
        },
      },
    ],
  });
  await built.write({
    dir: folder,
    format: "esm",
    minify,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  });
  await built.close();
}

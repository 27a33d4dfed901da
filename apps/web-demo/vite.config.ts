/** The page's build: three documents, workers as modules, every address relative, so that any folder of any server will do. */

import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig } from "vite";

const page = (name: string) => fileURLToPath(new URL(`${name}.html`, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  // The packages' sources, so that nothing need be compiled first; onnxruntime-web without its wasm inlined.
  resolve: {
    conditions: ["@mmgan/source", "onnxruntime-web-use-extern-wasm", ...defaultClientConditions],
  },
  worker: { format: "es" },
  build: {
    target: "es2023",
    // The polyfill is an inline script, which the content security policy forbids; browsers with WebAssembly SIMD need none.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: [page("learn")] },
  },
});

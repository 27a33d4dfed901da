/** @type {import("vite").UserConfig} */
export default {
  base: "./",
  build: { target: "esnext" },
  // Both start workers and find files beside themselves.
  optimizeDeps: { exclude: ["@mmgan/runtime-web", "onnxruntime-web"] },
  worker: { format: "es" },
};

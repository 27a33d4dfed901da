import { defineConfig } from "vitest/config";
import { softwareVulkan } from "./test/swiftshader.js";

// Tests run from the sources: every workspace package exports its src under the "@mmgan/source" condition.
export default defineConfig({
  resolve: { conditions: ["@mmgan/source"] },
  ssr: { resolve: { conditions: ["@mmgan/source", "node"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "models/src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // MMGAN_TUNE: what a test trains must not hang on what was measured before.
    // The same WebGPU on every machine that has it, with a graphics card or without.
    env: { MMGAN_TUNE: "off", ...softwareVulkan() },
  },
});

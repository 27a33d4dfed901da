/** The browser of the tests: Debian's chromium, as .ci/run brings it, or another build of it. */

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const EXECUTABLES = [
  process.env.MMGAN_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

export const CHROMIUM_REMEDY =
  "needs Chromium: apt-get install chromium, or MMGAN_CHROMIUM=/path/to/chromium npm test";

/** The browser's executable, or undefined where there is none. */
export function chromiumPath(): string | undefined {
  return EXECUTABLES.find((path) => path && existsSync(path));
}

/** WebGPU without a graphics card: Vulkan by the SwiftShader that comes with the browser. Slow, but exact. */
export const SOFTWARE_WEBGPU = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
];

/** Starts it without a window. The caller closes it. */
export function startChromium(executablePath: string, args: readonly string[] = []): Promise<Browser> {
  // Containers run as root and have a small /dev/shm.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", ...args] });
}

/** WebGPU without a graphics card: Chromium's SwiftShader, a Vulkan driver that computes on the CPU. Slow, but exact. */

import { existsSync } from "node:fs";

/** Where Debian's chromium package and Google's builds keep the driver's description, beside the driver itself. */
const DRIVERS = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
];

/**
 * Environment that makes SwiftShader the Vulkan driver of a process; it must stand before the process loads Dawn.
 * Empty where the user chose a driver with VK_DRIVER_FILES, and where there is no SwiftShader.
 */
export function softwareVulkan(): Record<string, string> {
  if (process.env.VK_DRIVER_FILES) return {};
  const found = DRIVERS.find((path) => existsSync(path));
  return found === undefined ? {} : { VK_DRIVER_FILES: found };
}

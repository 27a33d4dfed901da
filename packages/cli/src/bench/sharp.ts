/** The sharp that @mmgan/node-io decodes with, for what a bench does by hand. */

import { createRequire } from "node:module";

/** As much of it as benches use. */
interface Sharp {
  resize(options: { width: number; height: number; fit: "contain" | "fill"; background?: string }): Sharp;
  greyscale(): Sharp;
  removeAlpha(): Sharp;
  jpeg(options: { quality: number }): Sharp;
  raw(): Sharp;
  toBuffer(): Promise<Buffer>;
}

export const sharp = createRequire(import.meta.resolve("@mmgan/node-io"))("sharp") as (
  image: string | Uint8Array,
  options?: { raw: { width: number; height: number; channels: 1 | 3 } },
) => Sharp;

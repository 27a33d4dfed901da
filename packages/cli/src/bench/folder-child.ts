/** The processes of `mmgan bench folder` that are ours: decoding alone by sharp, and all of `mmgan cluster`. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { clusterTo } from "../cluster-to.js";
import { peakBytes, serve, timed } from "./serve.js";
import { sharp } from "./sharp.js";

interface Setup {
  folder: string;
  bundle: string;
  /** Results to write. */
  out: string;
  threads: number;
  /** [height, width, channels] of the model. */
  shape: [number, number, 1 | 3];
}

/** Pictures being decoded at once. */
const AT_ONCE = 64;
let setup: Setup;

/** What one would write by hand: as fast as libvips decodes and resizes on all its threads. */
async function decodeAll(): Promise<void> {
  const { folder, shape } = setup;
  const [height, width, channels] = shape;
  const names = await readdir(folder);
  let next = 0;
  const worker = async () => {
    while (next < names.length) {
      const image = sharp(join(folder, names[next++]!)).resize({
        ...{ width, height, fit: "contain", background: "black" },
      });
      await (channels === 1 ? image.greyscale() : image.removeAlpha()).raw().toBuffer();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const never = new AbortController().signal;
const clusterAll = () => {
  const { folder, bundle: model, out, threads } = setup;
  return clusterTo(folder, { model, out, threads, device: "cpu" }, never);
};

const clusterColumn = (csv: string) =>
  csv
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((row) => Number(row.split(",")[1]));

await serve({
  async setup(command) {
    setup = command as unknown as Setup;
    return {};
  },
  async run({ variant, runs }) {
    const ms = await timed(variant === "decode" ? decodeAll : clusterAll, runs as number);
    const clusters = variant === "decode" ? [] : clusterColumn(await readFile(setup.out, "utf8"));
    return { ms, peakBytes: peakBytes(), clusters };
  },
});

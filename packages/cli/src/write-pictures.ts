/** The pictures of a data set as PNG files. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { InterruptedError } from "@mmgan/core";
import type { Dataset } from "@mmgan/trainer";

/** Pictures encoded at once. */
const AT_ONCE = 32;

export interface WritePicturesOptions {
  /** A folder for each class inside `folder`, named after it; needs labels. Default false. */
  readonly classes?: boolean;
  readonly onPicture?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes picture i as "0042.png", with as many digits as the last one needs, so that names sort by number.
 *
 * @param data - of images, with `labels` where `classes` is asked for
 * @throws InterruptedError between two groups of pictures; DiskFullError
 */
export async function writePictures(
  folder: string,
  { image, pixels, labels, classNames, count }: Dataset,
  { classes = false, onPicture, signal }: WritePicturesOptions = {},
): Promise<void> {
  const { writePng } = await import("@mmgan/node-io");
  const { height, width, channels } = image!;
  const size = height * width * channels;
  const digits = `${count - 1}`.length;
  const folderOf = (i: number) => (classes ? join(folder, classNames![labels![i]!]!) : folder);
  for (const name of classes ? classNames! : []) await mkdir(join(folder, name), { recursive: true });
  for (let start = 0; start < count; start += AT_ONCE) {
    if (signal?.aborted) throw new InterruptedError(`Stopped after ${start} of ${count} pictures.`);
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, i) => start + i);
    await Promise.all(
      numbers.map((i) =>
        writePng(join(folderOf(i), `${String(i).padStart(digits, "0")}.png`), {
          ...{ count: 1, height, width, channels },
          data: pixels!.subarray(i * size, (i + 1) * size),
        }),
      ),
    );
    onPicture?.(Math.min(count, start + AT_ONCE));
  }
}

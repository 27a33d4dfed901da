/** A look at the files of a folder of pictures before any is decoded: their own sizes, shapes and colours. */

import { listImages, type PictureHeader, readPictureHeader } from "@mmgan/node-io";
import { IMAGE_SIZE } from "../config.js";
import { forEachIndex, type WorkOptions } from "../data/work.js";

/** What the headers of a folder's pictures say. */
export interface Survey {
  /** Pictures with a readable header. */
  readonly count: number;
  /** The size that most of them have, and how many; undefined without a picture. */
  readonly commonest?: { readonly width: number; readonly height: number; readonly count: number };
  /** Median of the longer sides, pixels. */
  readonly side: number;
  /** Pictures of one channel. */
  readonly grey: number;
  /** Pictures higher than wide, nearly square (sides within a tenth), and wider than high. */
  readonly shapes: { readonly upright: number; readonly square: number; readonly wide: number };
}

/** Side and channels of training where nothing is asked for. */
export const FOLDER_SIZE = 32;
/** A side within this factor of the other is nearly square. */
const NEARLY_SQUARE = 1.1;

/**
 * Reads the headers of all pictures of a folder and its sub-folders.
 *
 * @throws ArgumentError when there is no such folder, InterruptedError when `signal` aborts
 */
export async function surveyFolder(folder: string, options: WorkOptions = {}): Promise<Survey> {
  const paths = await listImages(folder);
  const headers: PictureHeader[] = [];
  await forEachIndex(paths.length, `looking at the images of ${folder}`, options, async (index) => {
    const header = await readPictureHeader(paths[index]!);
    if (header) headers.push(header);
  });
  return surveyOf(headers);
}

export function surveyOf(headers: readonly PictureHeader[]): Survey {
  const sizes = new Map<string, { width: number; height: number; count: number }>();
  const shapes = { upright: 0, square: 0, wide: 0 };
  let grey = 0;
  for (const header of headers) {
    const { width, height } = header;
    const size = sizes.get(`${width}x${height}`) ?? { width, height, count: 0 };
    size.count++;
    sizes.set(`${width}x${height}`, size);
    shapes[shapeOf(width, height)]++;
    if (header.grey) grey++;
  }
  // Of equally common sizes the smaller, so that the order of files does not matter.
  const [commonest] = [...sizes.values()].sort(
    (a, b) => b.count - a.count || a.width - b.width || a.height - b.height,
  );
  const sides = headers.map(({ width, height }) => Math.max(width, height)).sort((a, b) => a - b);
  return {
    ...{ count: headers.length, grey, shapes, side: sides[sides.length >> 1] ?? 0 },
    ...(commonest ? { commonest } : {}),
  };
}

function shapeOf(width: number, height: number): keyof Survey["shapes"] {
  if (Math.max(width, height) <= NEARLY_SQUARE * Math.min(width, height)) return "square";
  return width > height ? "wide" : "upright";
}

/**
 * Size and channels that training takes of a folder where nothing is asked for: 32 pixels, or the pictures' own side
 * where all are one square of 8 to 32, which no resampling blurs; grey where every file has a single channel.
 */
export function folderInput({ count, commonest, grey }: Survey): { size: number; channels: 1 | 3 } {
  const own =
    commonest?.count === count && commonest.width === commonest.height ? commonest.width : undefined;
  const small = own !== undefined && own >= IMAGE_SIZE.min && own <= FOLDER_SIZE;
  return { size: small ? own : FOLDER_SIZE, channels: count > 0 && grey === count ? 1 : 3 };
}

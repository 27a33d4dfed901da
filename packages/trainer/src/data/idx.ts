/** The IDX format of MNIST: big-endian header, then unsigned bytes (http://yann.lecun.com/exdb/mnist/). */

import { corrupt, type FileSource } from "./data-file.js";

const IMAGES_MAGIC = 0x00000803;
const LABELS_MAGIC = 0x00000801;
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;

export interface IdxImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** [count, height, width], 0..255. A view of the bytes given, no copy. */
  readonly pixels: Uint8Array;
}

/**
 * Reads images: magic 0x00000803, uint32 count, rows, columns, then count * rows * columns bytes, row-major.
 *
 * @param bytes - the decompressed file
 * @throws DataCorruptError naming the file and the check (header, magic, size)
 */
export function parseIdxImages(bytes: Uint8Array, source: FileSource): IdxImages {
  const [count, height, width] = parseHeader(bytes, IMAGES_MAGIC, IMAGES_HEADER, source) as [
    number,
    number,
    number,
  ];
  const pixels = bytes.subarray(IMAGES_HEADER);
  mustHoldBytes(pixels.length, count * height * width, `${count} images of ${height}x${width}`, source);
  return { count, height, width, pixels };
}

/**
 * Reads labels: magic 0x00000801, uint32 count, then count bytes.
 *
 * @param bytes - the decompressed file
 * @param classes - labels must be below this
 * @returns [count]
 * @throws DataCorruptError naming the file and the check (header, magic, size, label)
 */
export function parseIdxLabels(bytes: Uint8Array, classes: number, source: FileSource): Int32Array {
  const [count] = parseHeader(bytes, LABELS_MAGIC, LABELS_HEADER, source) as [number];
  const labels = bytes.subarray(LABELS_HEADER);
  mustHoldBytes(labels.length, count, `${count} labels`, source);
  const outside = labels.findIndex((label) => label >= classes);
  if (outside >= 0)
    throw corrupt(source, "label", `label ${outside} is ${labels[outside]}, outside 0..${classes - 1}`);
  return Int32Array.from(labels);
}

/** The uint32 fields after the magic number. */
function parseHeader(bytes: Uint8Array, magic: number, length: number, source: FileSource): number[] {
  if (bytes.length < length)
    throw corrupt(source, "header", `${bytes.length} bytes is too short for the ${length} bytes of a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const actual = view.getUint32(0);
  if (actual !== magic)
    throw corrupt(source, "magic", `it starts with ${hex(actual)} instead of ${hex(magic)}`);
  return Array.from({ length: length / 4 - 1 }, (_, field) => view.getUint32(4 + 4 * field));
}

function mustHoldBytes(actual: number, needed: number, what: string, source: FileSource): void {
  if (actual !== needed)
    throw corrupt(source, "size", `its header promises ${what} = ${needed} bytes, ${actual} are there`);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

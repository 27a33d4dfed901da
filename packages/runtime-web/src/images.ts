/** Pictures of a page to the pixels of a model: decoded, laid over black, fitted as in training, grey where it is grey. */

import {
  expected,
  type ImageBatch,
  ImageError,
  type Manifest,
  type RowErrorCode,
  rowError,
  ShapeError,
} from "@mmgan/core";
import { fitPixels } from "./fit-pixels.js";
import { toGrey } from "./grey.js";

/** A picture as a page has it. */
export type ImageSource =
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | VideoFrame
  | Blob;

/** Pixels of a picture at most, as in Node: more than any camera's. */
const MAX_PIXELS = 120_000_000;

/** A picture's size and its red, green and blue, 0..255, row-major. */
interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export function isImageSource(value: unknown): value is ImageSource {
  return kindOf(value) !== undefined;
}

/**
 * Reads pictures into one batch of the model's size and channels.
 *
 * @throws ImageError naming the first picture that cannot be read; ShapeError where the model takes points
 */
export async function readImages(
  sources: readonly ImageSource[],
  { input, name }: Manifest,
): Promise<ImageBatch> {
  if (input.kind !== "image")
    throw new ShapeError(
      expected(
        `points of shape [count, ${input.dim}]`,
        name,
        "pictures",
        "This model was trained with points",
      ),
    );
  const { height, width, channels, fit } = input;
  const size = height * width * channels;
  const data = new Uint8Array(sources.length * size);
  for (const [i, source] of sources.entries()) {
    const rgb = await readRgb(source, sources.length === 1 ? "image" : `image ${i}`);
    const fitted = fitPixels(rgb.data, { ...rgb, channels: 3 }, { height, width, fit });
    data.set(channels === 1 ? toGrey(fitted) : fitted, i * size);
  }
  return { count: sources.length, height, width, channels, data };
}

async function readRgb(source: ImageSource, name: string): Promise<Rgb> {
  const kind = kindOf(source);
  if (kind === undefined)
    throw failure(name, "E_IMAGE_FORMAT", `it is a ${Object.prototype.toString.call(source).slice(8, -1)}`);
  if (kind === "Blob") return readBlob(source as Blob, name);
  if (kind === "HTMLImageElement")
    await (source as HTMLImageElement).decode().catch((cause) => {
      throw failure(name, "E_IMAGE_CORRUPT", (cause as Error).message, cause);
    });
  const { width, height } = sizeOf(source, kind);
  if (width === 0 || height === 0)
    throw failure(name, "E_IMAGE_EMPTY", `${kind} of ${width} x ${height} pixels`);
  mustBeSmall(width, height, name);
  if (kind === "ImageData") return { width, height, data: overBlack((source as ImageData).data) };
  return draw(source as CanvasImageSource, width, height, name);
}

async function readBlob(blob: Blob, name: string): Promise<Rgb> {
  const called = "name" in blob ? `${name} (${blob.name})` : name;
  if (blob.size === 0) throw failure(called, "E_IMAGE_EMPTY");
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch (cause) {
    throw failure(called, (await isPicture(blob)) ? "E_IMAGE_CORRUPT" : "E_IMAGE_FORMAT", undefined, cause);
  }
  try {
    mustBeSmall(bitmap.width, bitmap.height, called);
    return draw(bitmap, bitmap.width, bitmap.height, called);
  } finally {
    bitmap.close();
  }
}

function draw(source: CanvasImageSource, width: number, height: number, name: string): Rgb {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context === null) throw failure(name, "E_IMAGE_SIZE", `no canvas of ${width} x ${height} pixels`);
  try {
    context.fillRect(0, 0, width, height); // black
    context.drawImage(source, 0, 0, width, height);
    return { width, height, data: overBlack(context.getImageData(0, 0, width, height).data) };
  } catch (cause) {
    const foreign = (cause as Error).name === "SecurityError";
    const remedy = "it is of another origin; set crossOrigin on the image, and CORS on its server";
    throw failure(
      name,
      foreign ? "E_FILE_PERMISSION" : "E_IMAGE_CORRUPT",
      foreign ? remedy : (cause as Error).message,
      cause,
    );
  }
}

/** RGBA to RGB over black. */
function overBlack(rgba: Uint8ClampedArray | Uint8Array | ArrayLike<number>): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]!;
    for (let c = 0; c < 3; c++)
      rgb[to + c] = alpha === 255 ? rgba[from + c]! : Math.round((rgba[from + c]! * alpha) / 255);
  }
  return rgb;
}

/** The name of the class a picture is of, also of one from another frame. */
function kindOf(value: unknown): string | undefined {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  if (name === "File") return "Blob";
  return KINDS.includes(name) ? name : undefined;
}
const KINDS = [
  "ImageData",
  "ImageBitmap",
  "HTMLImageElement",
  "HTMLCanvasElement",
  "OffscreenCanvas",
  "VideoFrame",
  "Blob",
];

function sizeOf(source: ImageSource, kind: string): { width: number; height: number } {
  if (kind === "HTMLImageElement") {
    const { naturalWidth: width, naturalHeight: height } = source as HTMLImageElement;
    return { width, height };
  }
  if (kind === "VideoFrame") {
    const { displayWidth: width, displayHeight: height } = source as VideoFrame;
    return { width, height };
  }
  const { width, height } = source as ImageData;
  return { width, height };
}

function mustBeSmall(width: number, height: number, name: string): void {
  if (width * height > MAX_PIXELS)
    throw failure(name, "E_IMAGE_SIZE", `${width} x ${height} pixels, at most ${MAX_PIXELS} are decoded`);
}

function failure(name: string, rowCode: RowErrorCode, detail?: string, cause?: unknown): ImageError {
  const { reason } = rowError(rowCode, detail);
  return new ImageError(`Expected a readable picture for ${name} but ${reason}. Give another picture.`, {
    cause,
    reason,
    rowCode,
  });
}

/** Whether a file begins as one of the formats that browsers decode. */
async function isPicture(blob: Blob): Promise<boolean> {
  const start = String.fromCharCode(...new Uint8Array(await blob.slice(0, 16).arrayBuffer()));
  return /^(\x89PNG|\xff\xd8\xff|GIF8|BM|RIFF....WEBP|....ftypavi)/s.test(start);
}

/** Tells a picture's format from its first bytes, so that no other reader of libvips ever sees a file. */

/** Formats that are decoded. */
export type PictureFormat = "jpeg" | "png" | "webp" | "gif" | "tiff" | "avif" | "svg";

const text = (data: Uint8Array, start: number, end: number): string =>
  String.fromCharCode(...data.subarray(start, end));

/** The format, or in `other` the name of one that is known but not decoded, e.g. "HEIC". Neither: no picture. */
export function pictureFormat(data: Uint8Array): { format?: PictureFormat; other?: string } {
  const [a, b, c, d] = data;
  if (a === 0xff && b === 0xd8 && c === 0xff) {
    // JPEG-LS (0xf7) has the same first bytes, and no reader here.
    return d === 0xf7 ? { other: "JPEG-LS" } : { format: "jpeg" };
  }
  if (text(data, 0, 8) === "\x89PNG\r\n\x1a\n") return { format: "png" };
  if (text(data, 0, 4) === "RIFF" && text(data, 8, 12) === "WEBP") return { format: "webp" };
  if (/^GIF8[79]a$/.test(text(data, 0, 6))) return { format: "gif" };
  if (/^(II[*+]\0|MM\0[*+])$/.test(text(data, 0, 4))) return { format: "tiff" };
  if (text(data, 4, 8) === "ftyp") return isoFormat(data);
  const other = OTHERS.find(([mark]) => text(data, 0, mark.length) === mark)?.[1];
  if (other !== undefined) return { other };
  return isSvg(data) ? { format: "svg" } : {};
}

const OTHERS: readonly (readonly [mark: string, name: string])[] = [
  ["BM", "BMP"],
  ["\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"],
  ["\xffO\xffQ", "JPEG 2000"],
  ["\xff\n", "JPEG XL"],
  ["\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"],
  ["8BPS", "Photoshop"],
  ["%PDF", "PDF"],
];

/** By the brands of an ISO base media file: AVIF, HEIC and others are told apart by these alone. */
function isoFormat(data: Uint8Array): { format?: PictureFormat; other?: string } {
  const end = Math.min(new DataView(data.buffer, data.byteOffset, data.length).getUint32(0), 256);
  const brands = text(data, 8, end).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => brand === "avif" || brand === "avis")) return { format: "avif" };
  return { other: brands.some((brand) => /^(he|mif1|msf1)/.test(brand)) ? "HEIC" : "video" };
}

/** An <svg> element begins within the first kilobyte, as librsvg's own test has it. */
function isSvg(data: Uint8Array): boolean {
  if (data[0] === 0x1f && data[1] === 0x8b) return false;
  return /<svg[\s>]/.test(text(data, 0, 1024));
}

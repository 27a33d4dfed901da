/** Width and height of plain JPEG and PNG files, read from their headers without a call into libvips. */

/** Exif data may turn the picture; libvips then says how large it is. */
const EXIF = 0x45786966;
const SIGNATURE_BYTES = 8;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Undefined for other formats, for pictures with Exif data, and where anything is unusual: ask libvips. */
export function plainSize(data: Uint8Array, format: string): PictureSize | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  try {
    if (format === "png") return pngSize(view);
    return format === "jpeg" ? jpegSize(view) : undefined;
  } catch (cause) {
    if (cause instanceof RangeError) return undefined; // the file ends in its header
    throw cause;
  }
}

/** IHDR comes first; Exif data, if any, in a chunk eXIf before the pixels. */
function pngSize(view: DataView): PictureSize | undefined {
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  for (let at = SIGNATURE_BYTES; ; at += 12 + view.getUint32(at)) {
    const name = view.getUint32(at + 4);
    if (name === 0x49444154) return size; // IDAT
    if (name === 0x65584966) return undefined; // eXIf
  }
}

/** The size is in the frame header, SOF0 to SOF15, which marker segments stand before. */
function jpegSize(view: DataView): PictureSize | undefined {
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xe1 && view.getUint32(at + 4) === EXIF) return undefined;
    // C4 (Huffman tables), C8 (reserved) and CC (arithmetic coding) are no frames.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
      return size.height > 0 && size.width > 0 ? size : undefined;
    }
    // A start of scan, an end, fill bytes or markers without a length before a frame.
    if (marker < 0xc0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xda)) return undefined;
  }
}

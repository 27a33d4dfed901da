/** What a picture's file says of itself before any pixel is decoded. */

import sharp from "sharp";

export interface PictureHeader {
  /** Pixels, with the EXIF orientation applied. */
  readonly width: number;
  readonly height: number;
  /** One channel of light, with or without alpha, whatever its bits. */
  readonly grey: boolean;
}

/** The header of a picture, or undefined where the file is not one: decoding it says why. */
export async function readPictureHeader(path: string): Promise<PictureHeader | undefined> {
  try {
    const { autoOrient, width, height, channels, hasAlpha } = await sharp(path).metadata();
    return {
      width: autoOrient?.width ?? width,
      height: autoOrient?.height ?? height,
      grey: channels - (hasAlpha ? 1 : 0) === 1,
    };
  } catch {
    return undefined;
  }
}

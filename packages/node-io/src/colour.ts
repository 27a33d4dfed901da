/** Colours as the decoder reads them. */

import { ArgumentError, expected } from "@mmgan/core";
import sharp from "sharp";

/**
 * @param name - of the argument, for the message
 * @throws ArgumentError unless `text` is a colour of CSS
 */
export function mustBeColour(text: string, name: string): void {
  try {
    sharp({ create: { width: 1, height: 1, channels: 3, background: text } });
  } catch (cause) {
    throw new ArgumentError(expected("a colour of CSS such as white or #336699", name, text), { cause });
  }
}

/** Colours as CSS writes them. */

import { ArgumentError, expected } from "@mmgan/core";
import sharp from "sharp";

/**
 * @param name - of the argument, for the message
 * @throws ArgumentError unless `text` is a colour: "white", "#ff8800", "rgb(255, 136, 0)"
 */
export function mustBeColour(text: string, name: string): void {
  try {
    sharp({ create: { width: 1, height: 1, channels: 4, background: text } });
  } catch (cause) {
    throw new ArgumentError(expected('a colour such as white, "#ff8800" or "rgb(255, 136, 0)"', name, text), {
      cause,
    });
  }
}

/** Names as bytes: which are text, and how the others are shown. */

import { isUtf8 } from "node:buffer";

/** The text of a name; undefined where it is no UTF-8. */
export function nameText(name: Buffer): string | undefined {
  return isUtf8(name) ? name.toString("utf8") : undefined;
}

/** A name that is no UTF-8, for people: ASCII as it is, every other byte as \xNN. */
export function escapedName(name: Buffer): string {
  let text = "";
  for (const byte of name)
    text +=
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  return text;
}

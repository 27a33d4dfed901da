/** Tells a web page from a file of a bundle. */

/** Whether text, or the bytes of a file, begin as an HTML page does. */
export function looksLikePage(content: string | Uint8Array): boolean {
  const start = typeof content === "string" ? content : new TextDecoder().decode(content.subarray(0, 64));
  return /^\uFEFF?\s*<(!doctype|html|head|body|!--)/i.test(start);
}

/** Says what was done, for a moment. */

import { byId } from "./dom.js";

/** Milliseconds that a message stands. */
const STANDS = 6000;

let timer: ReturnType<typeof setTimeout> | undefined;

/** @param undo - whether the message offers to undo it */
export function say(text: string, undo: boolean): void {
  clearTimeout(timer);
  const toast = byId("toast");
  byId("said").textContent = text;
  byId("undo-said").hidden = !undo;
  toast.classList.add("shown");
  timer = setTimeout(() => toast.classList.remove("shown"), STANDS);
}

/** Writes what is the same in every gallery: the page, its style and its script. */

import { readFile } from "node:fs/promises";
import type { AtomicFolder } from "@mmgan/node-io";
import { linkPage } from "./link-page.js";

const ASSETS = new URL("../assets/", import.meta.url);

/** What a gallery's folder holds; a folder with anything else is never replaced. */
const OWN =
  /^(index\.html|gallery\.(css|js)|data\/(about|errors|(rows|probabilities)-\d+)\.js|sheets\/\d+\.webp|originals\/\d+\/\d+(\.[a-z0-9]{1,5})?)$/;

/** @param file - a path in the folder, with "/" */
export const isGalleryFile = (file: string): boolean => OWN.test(file);

/** @param title - what browsers show for the page */
export async function writePage(folder: Pick<AtomicFolder, "write">, title: string): Promise<void> {
  const html = await readFile(new URL("index.html", ASSETS), "utf8");
  await folder.write(
    "index.html",
    html.replace("{{title}}", () => escaped(title)),
  );
  await folder.write("gallery.css", await readFile(new URL("gallery.css", ASSETS)));
  await folder.write("gallery.js", await linkPage());
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Loads the gallery's records: scripts, since a page that was opened from a file may load those and nothing else. */

import type { ScriptFile, Scripts } from "./gallery-data.js";

const arrived = new Map<string, unknown>();

/** What each script calls with its record. */
(globalThis as unknown as Record<string, unknown>).mmganGallery = (name: string, value: unknown) => {
  arrived.set(name, value);
};

/** @throws Error when the file is missing or damaged */
export function loadScript<T extends keyof Scripts>(name: T): Promise<Scripts[T]> {
  const file: ScriptFile = `data/${name}.js` as ScriptFile;
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = file;
    script.async = true;
    const done = () => {
      script.remove();
      if (arrived.has(name)) resolve(arrived.get(name) as Scripts[T]);
      else reject(new Error(`${file} cannot be read. Make the gallery again with mmgan gallery.`));
      arrived.delete(name);
    };
    script.addEventListener("load", done);
    script.addEventListener("error", done);
    document.head.appendChild(script);
  });
}

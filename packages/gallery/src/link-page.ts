/**
 * The page's script: the modules of src/page, which tsc compiles to CommonJS, in one file. Browsers load no module from a
 * `file://` page, so the page gets a classic script, and the few lines of `require` that its modules call.
 */

import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The compiled modules, seen from the sources and from the build alike. */
const COMPILED = fileURLToPath(new URL("../dist/page/", import.meta.url));
const ENTRY = "./main.js";

/** @throws Error when the package was not built */
export async function linkPage(folder = COMPILED): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).filter(
    (name) => name.endsWith(".js") && !name.endsWith(".test.js"),
  );
  if (!names.some((name) => `./${name}` === ENTRY))
    throw new Error(`The gallery's page is not built (${folder}). Run npm run build.`);
  const modules = await Promise.all(
    names.sort().map(async (name) => {
      const code = (await readFile(`${folder}/${name}`, "utf8")).replace(/^"use strict";\n/, "").trimEnd();
      return `${JSON.stringify(`./${name}`)}(exports, require) {\n${code}\n},\n`;
    }),
  );
  return `"use strict";
(() => {
const modules = {
${modules.join("")}};
const loaded = {};
const require = (name) => {
  if (!(name in loaded)) modules[name]((loaded[name] = {}), require);
  return loaded[name];
};
require(${JSON.stringify(ENTRY)});
})();
`;
}

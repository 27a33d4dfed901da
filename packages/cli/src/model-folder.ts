/** `--model`: a bundle's folder, or the name of a model that ships with mmgan. */

import { stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * The folder of a model. A bundle of that name here comes first, a shipped model before any other folder; whatever looks
 * like a path is one, there or not.
 *
 * @throws UnknownNameError for a name that is neither, with the nearest shipped one
 */
export async function modelFolder(nameOrFolder: string): Promise<string> {
  const is = (path: string) => stat(path).catch(() => undefined);
  if (/[/\\]|^\./.test(nameOrFolder) || (await is(join(nameOrFolder, "manifest.json")))) return nameOrFolder;
  const { modelNames, modelPath } = await import("@mmgan/models");
  if ((await is(nameOrFolder))?.isDirectory() && !modelNames().includes(nameOrFolder)) return nameOrFolder;
  return modelPath(nameOrFolder);
}

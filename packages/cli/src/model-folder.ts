/** `--model`: a bundle's folder, or the name of a model that ships with mmgan. */

import { stat } from "node:fs/promises";

/**
 * The folder of a model. A folder of that name here comes first; whatever looks like a path is one, there or not.
 *
 * @throws UnknownNameError for a name that is neither, with the nearest shipped one
 */
export async function modelFolder(nameOrFolder: string): Promise<string> {
  const found = await stat(nameOrFolder).catch(() => undefined);
  if (found?.isDirectory() || /[/\\]|^\./.test(nameOrFolder)) return nameOrFolder;
  const { modelPath } = await import("@mmgan/models");
  return modelPath(nameOrFolder);
}

/** The package index that this machine's pip would take, read from where pip reads it. pip itself does not run. */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Sections that hold for `pip download`, the one that wins first. */
const SECTIONS = ["download", "global"];

/**
 * PIP_INDEX_URL, else `index-url` of pip's config files: PIP_CONFIG_FILE, that of the active virtual environment, the
 * user's, the machine's. Undefined where none names one; pip's built-in index is not known here.
 */
export function pipIndexUrl(): string | undefined {
  if (process.env.PIP_INDEX_URL) return process.env.PIP_INDEX_URL;
  for (const file of configFiles()) {
    const url = indexUrlIn(file);
    if (url) return url;
  }
  return undefined;
}

function configFiles(): string[] {
  const { PIP_CONFIG_FILE, VIRTUAL_ENV, XDG_CONFIG_HOME, XDG_CONFIG_DIRS } = process.env;
  return [
    ...(PIP_CONFIG_FILE ? [PIP_CONFIG_FILE] : []),
    ...(VIRTUAL_ENV ? [join(VIRTUAL_ENV, "pip.conf")] : []),
    join(XDG_CONFIG_HOME || join(homedir(), ".config"), "pip", "pip.conf"),
    join(homedir(), ".pip", "pip.conf"),
    ...(XDG_CONFIG_DIRS || "/etc/xdg").split(":").map((folder) => join(folder, "pip", "pip.conf")),
    "/etc/pip.conf",
  ];
}

/** `index-url` of an INI file; a file that is not there or cannot be read has none. */
function indexUrlIn(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const found = new Map<string, string>();
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    section = /^\s*\[([^\]]+)\]/.exec(line)?.[1]?.trim() ?? section;
    const url = /^\s*index[-_]url\s*[=:]\s*(\S+)/.exec(line)?.[1];
    if (url) found.set(section, url);
  }
  return SECTIONS.map((name) => found.get(name)).find((url) => url !== undefined);
}

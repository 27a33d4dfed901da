/** Patterns such as "photos/20*\/**\/*.png": where to begin, what fits, which folders can lead there. */

import picomatch from "picomatch";

export interface Glob {
  /** Folder without wildcards in front, "" for the working folder. */
  readonly base: string;
  /** Whether a path relative to `base` fits. */
  readonly accepts: (relative: string) => boolean;
  /** Whether a folder, relative to `base`, can hold what fits. */
  readonly enters: (relative: string) => boolean;
}

/** Whether `text` has wildcards. */
export const isGlob = (text: string): boolean => picomatch.scan(text).isGlob;

/**
 * Reads a pattern. On Windows "\" separates folders as "/" does; elsewhere it takes a wildcard's meaning away.
 *
 * @param hidden - whether wildcards fit names that begin with a dot. Default false
 */
export function parseGlob(text: string, hidden = false): Glob {
  const pattern = process.platform === "win32" ? text.replaceAll("\\", "/") : text;
  const { base, glob } = picomatch.scan(pattern);
  return { base, accepts: picomatch(glob, { dot: hidden }), enters: folderTest(glob, hidden) };
}

/** Compares a folder with the pattern's parts before its first "**"; without "**", not deeper than the pattern. */
function folderTest(glob: string, dot: boolean): (relative: string) => boolean {
  // Alternatives may hold slashes: then every folder is looked into.
  if (/[{(]/.test(glob)) return () => true;
  const parts = glob.split("/");
  const anyDepth = parts.findIndex((part) => part.includes("**"));
  const tests = (anyDepth < 0 ? parts.slice(0, -1) : parts.slice(0, anyDepth)).map((part) =>
    picomatch(part, { dot }),
  );
  return (relative) => {
    const names = relative.split("/");
    if (anyDepth < 0 && names.length > tests.length) return false;
    return names.every((name, i) => tests[i]?.(name) ?? true);
  };
}

/** What the documentation points at exists: files behind links, scripts behind `npm run`, headings behind anchors. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

function markdownFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (["node_modules", "dist", "runs", "quickstart"].includes(entry.name) || entry.name.startsWith("."))
      return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownFiles(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** The anchors that a page offers, as GitHub makes them from headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(markdownFiles(root).map((path) => [relative(root, path), path]))("%s", (_name, path) => {
  const text = readFileSync(path!, "utf8");

  it("links to what is there", () => {
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file, anchor] = target.split("#");
        const there = file ? join(dirname(path!), file) : path!;
        if (!existsSync(there)) return true;
        return anchor ? !anchors(readFileSync(there, "utf8")).includes(anchor) : false;
      });
    expect(broken).toEqual([]);
  });

  it("names scripts that package.json has", () => {
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("names no path of one machine and no registry host", () => {
    expect(text).not.toMatch(/(^|[\s`"'(])\/(work|root|home|tmp)\/|registry\.[a-z]+\./m);
  });
});

it("every script of package.json runs a file that is there", () => {
  const files = Object.values(scripts).flatMap((script) => script.match(/scripts\/[\w.-]+/g) ?? []);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

describe("commands shown in the documentation", () => {
  const page = readFileSync(join(root, "docs/cli.md"), "utf8");
  /** The part of docs/cli.md about each command, by its name: "train", "data fetch". */
  const sections = new Map(
    page
      .split(/^##+ mmgan /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf("\n")).trim(), part]),
  );
  const pages = markdownFiles(root).filter((path) => !path.endsWith("cli.md"));
  const shown = pages.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/^(?:\$ |npx | {4})mmgan +(.+)$/gm)].map(([, line]) => [
      relative(root, path),
      line!.replace(/\s+#.*$/, ""),
    ]),
  );

  it("are found", () => {
    expect(shown.length).toBeGreaterThan(3);
  });

  it.each(shown)("%s: mmgan %s", (_path, line) => {
    const words = line!.split(/\s+/);
    const name = [words.slice(0, 2).join(" "), words[0]!].find((name) => sections.has(name));
    expect(name, "a command of docs/cli.md").toBeDefined();
    const options = words.filter((word) => word.startsWith("--")).map((word) => word.split("=")[0]!);
    expect(options.filter((option) => !sections.get(name!)!.includes(`\`${option}`))).toEqual([]);
  });
});

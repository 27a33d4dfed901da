/** Rules of CONTRIBUTING.md that the lint cannot state. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

const packages = [...readdirSync(join(root, "packages")).map((name) => join("packages", name)), "models"];

/** Sources and tests of all packages, without what a generator wrote. */
const files = packages
  .flatMap((folder) =>
    readdirSync(join(root, folder, "src"), { recursive: true, encoding: "utf8" }).map((file) =>
      join(folder, "src", file),
    ),
  )
  .filter((file) => file.endsWith(".ts") && !file.endsWith("_pb.ts"))
  .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));

const breaking = (rule: (text: string) => boolean) =>
  files.filter(({ text }) => rule(text)).map(({ file }) => file);

describe("sources", () => {
  it("are found", () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it("draw nothing without a seed", () => {
    expect(breaking((text) => /Math\.random\s*\(|crypto\.getRandomValues\s*\(/.test(text))).toEqual([]);
  });

  it("state their purpose in the first line, tables of contents aside", () => {
    expect(breaking((text) => !/^(#!.*\n)?(\/\*\*|\/\/|export |import )/.test(text))).toEqual([]);
  });

  it("leave nothing open", () => {
    expect(breaking((text) => /\b(TODO|FIXME|XXX)\b|\b(it|test|describe)\.(only|todo)\b/.test(text))).toEqual(
      [],
    );
  });

  it("index.ts only re-exports", () => {
    const indexes = files.filter(({ file }) => /^(packages\/[\w-]+|models)\/src\/index\.ts$/.test(file));
    expect(indexes).toHaveLength(packages.length);
    for (const { file, text } of indexes) {
      const code = text
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
        .replace(/export\s+(type\s+)?(\*|\{[^}]*\})\s+from\s+"[^"]+";/g, "");
      expect(code.trim(), file).toBe("");
    }
  });
});

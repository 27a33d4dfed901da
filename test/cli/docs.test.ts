/** docs/cli.md says what the parser does. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { buildProgram, renderDocs, requirement } from "mmgan";
import { expect, it } from "vitest";

const page = readFileSync(fileURLToPath(new URL("../../docs/cli.md", import.meta.url)), "utf8");

it("is what the parser gives today (otherwise: npm run docs)", () => {
  expect(page).toBe(renderDocs(buildProgram()));
});

it("states a default for every option", () => {
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  const options = buildProgram()
    .commands.flatMap(all)
    .flatMap((command) => command.options);
  expect(options.length).toBeGreaterThan(40);
  const silent = options.filter(
    (option) => !option.description.includes("default: ") && !requirement(option),
  );
  expect(silent.map(({ flags }) => flags)).toEqual([]);
});

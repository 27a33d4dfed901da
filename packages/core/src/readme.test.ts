/** The README's example runs and prints what its comments say. */

import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import * as core from "./index.js";

test("README.md", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const code = /```js\n([\s\S]*?)```/.exec(readme)![1]!;
  const [, names, body] = /^import \{ (.*) \} from "@mmgan\/core";\n([\s\S]*)$/.exec(code)!;
  const used = names!.split(", ");
  const printed: string[] = [];
  const log = (value: unknown) => printed.push(inspect(value, { breakLength: 120 }));
  const values = used.map((name) => (core as unknown as Record<string, unknown>)[name]);
  new Function("console", ...used, body!)({ log }, ...values);
  const comments = [...body!.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
  expect(comments.length).toBe(2);
  expect(printed).toEqual(comments);
});

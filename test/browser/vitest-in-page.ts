/** vitest's own runner and expectations inside a page: what `import ... from "vitest"` means in a bundle for a browser. */

import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  type ExpectStatic,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import { type File, startTests, type Task, type VitestRunner } from "@vitest/runner";

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from "@vitest/runner";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

export const expect = ((value: unknown, message?: string) => {
  const { assertionCalls } = getState(expect);
  setState({ assertionCalls: assertionCalls + 1 }, expect);
  return chai.expect(value, message);
}) as ExpectStatic;
Object.assign(expect, chai.expect);
Object.assign(expect, (globalThis as Record<symbol, unknown>)[ASYMMETRIC_MATCHERS_OBJECT]);
setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null }, expect);
Object.assign(globalThis, { [GLOBAL_EXPECT]: expect });
const extendable = chai.expect as unknown as { extend(expect: ExpectStatic, matchers: object): void };
extendable.extend(expect, customMatchers);

/** What became of one test. */
export interface PageResult {
  /** Names of its suites and its own, joined by " > ". */
  readonly name: string;
  readonly passed: boolean;
  /** Message and stack of what it threw. */
  readonly errors: readonly string[];
}

/** Runs what `define` describes, and says what became of each test. */
export async function runTests(define: () => unknown): Promise<PageResult[]> {
  const runner: VitestRunner = {
    config: {
      root: "/",
      setupFiles: [],
      name: "",
      passWithNoTests: false,
      testNamePattern: undefined,
      allowOnly: true,
      sequence: { seed: 0, hooks: "stack", setupFiles: "list" },
      chaiConfig: undefined,
      maxConcurrency: 1,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      retry: 0,
      includeTaskLocation: false,
      diffOptions: undefined,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
    } as unknown as VitestRunner["config"],
    importFile: async () => void (await define()),
  };
  const files: File[] = await startTests([{ filepath: "/page", testLocations: undefined }] as never, runner);
  const results: PageResult[] = [];
  const visit = (task: Task, names: readonly string[]): void => {
    const path = task.type === "suite" && "filepath" in task ? names : [...names, task.name];
    const errors = (task.result?.errors ?? []).map(({ message, stack }) => `${message}\n${stack ?? ""}`);
    if (task.type === "test")
      results.push({ name: path.join(" > "), passed: task.result?.state === "pass", errors });
    // A suite's own failure: one of its hooks.
    else if (errors.length > 0) results.push({ name: [...path, "hooks"].join(" > "), passed: false, errors });
    if (task.type === "suite") for (const child of task.tasks) visit(child, path);
  };
  for (const file of files) visit(file, []);
  return results;
}

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChooseForm, FormSite } from "@mmgan/export";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { siteKey, Tuner, type TunerOptions } from "./tuner.js";

const site = (n: number): FormSite => ({
  kind: "convolution",
  x: [n, 8, 8, 16],
  filter: [4, 4, 16, 16],
  strides: [2, 2],
  pads: [1, 1, 1, 1],
  candidates: ["windows", "nchw"],
});
const traceOf =
  (...sites: FormSite[]) =>
  (choose: ChooseForm) =>
    sites.map(choose);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-tuner-"));
});
afterEach(() => rm(folder, { recursive: true }));

const machine = { runtime: "1.2.3", device: "cpu", threads: 1 };
const base = (): TunerOptions => ({ runtime: { block: 0 }, opset: 18, session: {}, folder, machine });

/** A tuner that "measures" the milliseconds given, and counts how often. */
function withTimes(ms: Record<string, number>, options: Partial<TunerOptions> = {}) {
  const asked: string[] = [];
  const tuner = new Tuner({
    ...base(),
    time: async (_, form) => {
      asked.push(form);
      return async () => ms[form]!;
    },
    ...options,
  });
  return { tuner, asked };
}

describe("Tuner", () => {
  it("takes the faster form, and the first where the other is less than a tenth faster", async () => {
    const clear = withTimes({ windows: 10, nchw: 5 }).tuner;
    await clear.measure(traceOf(site(1)));
    expect(clear.choose(site(1))).toBe("nchw");
    const close = withTimes({ windows: 10, nchw: 9.5 }, { folder: undefined }).tuner;
    await close.measure(traceOf(site(1)));
    expect(close.choose(site(1))).toBe("windows");
  });

  it("measures each geometry once, and a later tuner not at all", async () => {
    const first = withTimes({ windows: 10, nchw: 5 });
    await first.tuner.measure(traceOf(site(1), site(1), site(2)));
    await first.tuner.measure(traceOf(site(1)));
    expect(first.asked).toHaveLength(4);
    const second = withTimes({ windows: 1, nchw: 50 });
    await second.tuner.measure(traceOf(site(1), site(2)));
    expect(second.asked).toEqual([]);
    expect(second.tuner.choose(site(2))).toBe("nchw");
  });

  it("keeps the default of what its seconds do not reach", async () => {
    let clock = 0;
    const { tuner, asked } = withTimes({ windows: 10, nchw: 5 }, { budget: 1, now: () => (clock += 800) });
    await tuner.measure(traceOf(site(1), site(2), site(3)));
    expect(asked).toHaveLength(2);
    expect([1, 2, 3].map((n) => tuner.choose(site(n)))).toEqual(["nchw", "windows", "windows"]);
    // The next training measures what this one did not reach.
    const next = withTimes({ windows: 10, nchw: 5 });
    await next.tuner.measure(traceOf(site(1), site(2)));
    expect(next.tuner.choose(site(2))).toBe("nchw");
  });

  it("resumes a training with the choices it noted, measured or not", async () => {
    let clock = 0;
    const record = join(folder, "run");
    const slow = { budget: 1, now: () => (clock += 800), record };
    await withTimes({ windows: 10, nchw: 5 }, slow).tuner.measure(traceOf(site(1), site(2)));
    await withTimes({ windows: 10, nchw: 5 }).tuner.measure(traceOf(site(2)));
    const resumed = withTimes({ windows: 10, nchw: 5 }, { record });
    await resumed.tuner.measure(traceOf(site(1), site(2)));
    expect(resumed.asked).toEqual([]);
    expect([1, 2].map((n) => resumed.tuner.choose(site(n)))).toEqual(["nchw", "windows"]);
  });

  it.each([
    ["damaged", () => "{ not json"],
    ["of another version", (text: string) => text.replace("mmgan forms 1", "mmgan forms 0")],
    ["of another machine", (text: string) => text.replace('"1.2.3"', '"1.2.2"')],
  ])("a file that is %s is ignored and written anew", async (_, spoil) => {
    await withTimes({ windows: 10, nchw: 5 }).tuner.measure(traceOf(site(1)));
    const [name] = (await readdir(folder)) as [string];
    const path = join(folder, name);
    const good = await readFile(path, "utf8");
    await writeFile(path, spoil(good));
    const again = withTimes({ windows: 5, nchw: 10 });
    await again.tuner.measure(traceOf(site(1)));
    expect(again.asked).toEqual(["windows", "nchw"]);
    expect(JSON.parse(await readFile(path, "utf8")).choices).toEqual({ [siteKey(site(1))]: "windows" });
  });

  it("times real graphs", async () => {
    const tuner = new Tuner(base());
    await tuner.measure(traceOf(site(1)));
    expect(["windows", "nchw"]).toContain(tuner.choose(site(1)));
  });
});

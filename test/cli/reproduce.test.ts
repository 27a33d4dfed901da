/** `mmgan reproduce` as a user runs it: killed at random moments, and with what can be wrong. */

import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Rng } from "@mmgan/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, mmgan, startMmgan, temporaryFolder } from "./mmgan.js";

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  await mkdir(join(folder, "experiments"));
  await write("tiny", TINY);
  await write("digits", { ...TINY, name: "digits", columns: [TINY.columns[0]!] });
});
afterAll(() => remove());

const small = { batch: 16, filters: 4, latentDim: 4 };
const steps = { digits: 12, moons: 60 };
const TINY = {
  name: "tiny",
  title: "Tiny",
  seeds: [1, 2],
  curve: 3,
  columns: [
    { label: "digits", data: "digits" },
    { label: "Moon", data: "moons" },
  ],
  rows: [
    { label: "paper", model: "mmgan", recipe: "paper", overrides: small, steps, snapshots: [1] },
    {
      label: "alone",
      model: "encoder",
      recipe: "default",
      overrides: { ...small, startSteps: 2 },
      steps,
    },
  ],
  baselines: ["k-means"],
  quick: { seeds: [2], rows: ["paper"], steps: { moons: 60, "coil-20": 5 } },
};

const write = (name: string, experiment: unknown) =>
  writeFile(join(folder, "experiments", `${name}.json`), JSON.stringify(experiment));

/** The command line for `name`; `place` keeps the folders of tests apart. */
const words = (name: string, place: string, ...more: string[]) => [
  ...["reproduce", name, "--experiments", join(folder, "experiments")],
  ...["--out", join(folder, place, "runs"), "--reports", join(folder, place, "reports"), ...more],
];

const report = async (place: string, name: string) =>
  JSON.parse(await readFile(join(folder, place, "reports", name, "report.json"), "utf8"));

/** What a run found, without what differs between two machines or lives. */
interface Found {
  rows: { runs: Record<string, unknown>[]; scores: unknown; config: string }[];
}
const figures = ({ rows }: Found) =>
  rows.map(({ config, scores, runs }) => ({
    ...{ config, scores },
    runs: runs.map(({ seconds: _, resumed: __, code: ___, machine: ____, ...run }) => run),
  }));

/** The processes that `pid` has started. */
function childrenOf(pid: number): number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child!);
}

describe("mmgan reproduce", () => {
  it("killed at random moments, alone or with its children, gives the same figures by the same command", {
    timeout: 600_000,
  }, async () => {
    expect((await mmgan(words("tiny", "whole"))).code).toBe(0);
    const rng = new Rng({ seed: 5, stream: "kills" });
    const delays = rng.integers(5, 3000);
    const all = rng.integers(5, 2);
    let hit = 0;
    for (const [i, delay] of delays.entries()) {
      const running = startMmgan(words("tiny", "broken"));
      await Promise.race([wait(1000 + delay), running.finished]);
      const { pid } = running.process;
      const children = running.process.exitCode === null && all[i] ? childrenOf(pid!) : [];
      running.process.kill("SIGKILL");
      for (const child of children) process.kill(child, "SIGKILL");
      if ((await running.finished).code === null) hit++;
    }
    expect(hit).toBeGreaterThan(0);
    const { code, stdout } = await mmgan(words("tiny", "broken", "--json"));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runs: 12, unfinished: 0, failed: [] });
    expect(figures(await report("broken", "tiny"))).toEqual(figures(await report("whole", "tiny")));
  });

  it("writes the report of what is done where asked, doing no run, and says so where nothing is", async () => {
    const none = await mmgan(words("tiny", "unbegun", "--done"));
    expect([none.code, none.stdout]).toEqual([
      1,
      "12 runs are not done; the same command goes on with them\n",
    ]);
    expect((await mmgan(words("tiny", "part", "--seeds", "1"))).code).toBe(0);
    const { code, stdout } = await mmgan(words("tiny", "part", "--done", "--json"));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runs: 6, done: 0, unfinished: 6 });
    const found = await report("part", "tiny");
    expect(found.unfinished).toBe(6);
    expect(found.rows.map(({ runs }: { runs: unknown[] }) => runs.length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("does nothing twice, and gives each seed what mmgan train gives it", async () => {
    const again = await mmgan(words("tiny", "whole", "--json"));
    expect(JSON.parse(again.stdout)).toMatchObject({ runs: 12, done: 0 });
    const { rows, code } = await report("whole", "tiny");
    expect(code).toEqual([expect.objectContaining({ built: expect.stringMatching(/^[0-9a-f]{64}$/) })]);
    expect(rows.map(({ column, row, steps }: Record<string, unknown>) => [column, row, steps])).toEqual([
      ["digits", "paper", 12],
      ["digits", "alone", 12],
      ["digits", "k-means", null],
      ["Moon", "paper", 60],
      ["Moon", "alone", 60],
      ["Moon", "k-means", null],
    ]);
    expect(rows[3].runs[0].curve.map(([step]: number[]) => step)).toEqual([1, 20, 40, 60]);

    const [run, bundle] = [join(folder, "alone"), join(folder, "alone-bundle")];
    const options = "--data digits --clusters 10 --recipe paper --steps 12 --batch 16 --filters 4 --latent 4";
    const own = ["--out", run, "--seed", "2", "--threads", "1"];
    expect((await mmgan(["train", ...options.split(" "), ...own])).code).toBe(0);
    expect((await mmgan(["export", run, "--out", bundle])).code).toBe(0);
    const { stdout } = await mmgan(["evaluate", bundle, "--data", "digits", "--json"]);
    const { purity, nmi, ari, accuracy, n } = JSON.parse(stdout);
    expect(rows[0].runs[1]).toMatchObject({ seed: 2, purity, nmi, ari, accuracy });
    expect(rows[0].samples).toBe(n);
  });

  it("--quick: fewer runs, a report of its own, and the command for the whole; without data that is not there", async () => {
    const before = await report("whole", "tiny");
    const quick = [...words("tiny", "whole", "--quick"), "--data-dir", join(folder, "none")];
    const nowhere = { MMGAN_DATA: "", XDG_CACHE_HOME: join(folder, "cache") };
    await write("tiny", { ...TINY, columns: [...TINY.columns, { label: "COIL-20", data: "coil-20" }] });
    const { code, stdout, stderr } = await mmgan(quick, { env: nowhere });
    await write("tiny", TINY);
    expect(code).toBe(0);
    expect(stderr).toContain("left out: coil-20");
    expect(stdout).toMatch(/The whole: mmgan reproduce tiny$/m);
    const made = await report("whole", "tiny-quick");
    expect(made).toMatchObject({ quick: true, seeds: [2], left: ["coil-20"], whole: "mmgan reproduce tiny" });
    expect(await report("whole", "tiny")).toEqual(before);
  });
});

describe("mmgan reproduce, wrong", () => {
  it("an experiment that does not exist: the nearest name", async () => {
    const end = await mmgan(["reproduce", "tabel1"]);
    expect(end.code).toBe(1);
    expect(lastLine(end)).toMatch(
      /experiment but received tabel1\. Did you mean table1\? \(E_UNKNOWN_NAME\)/,
    );
  });

  it("a malformed file: the field", async () => {
    await write("bad", { ...TINY, name: "bad", seeds: "1..5" });
    const end = await mmgan(words("bad", "bad"));
    expect(end.code).toBe(1);
    expect(lastLine(end)).toMatch(/field seeds of .*bad\.json but received 1\.\.5\. \(E_ARGUMENT\)/);
  });

  it("data that are not there: the command that brings them, before anything runs", async () => {
    const nowhere = { MMGAN_DATA: "", XDG_CACHE_HOME: join(folder, "cache") };
    const end = await mmgan(["reproduce", "figure5", "--out", join(folder, "never")], { env: nowhere });
    expect(end.code).toBe(1);
    expect(lastLine(end)).toMatch(/mmgan data fetch coil-20.*E_DATA_MISSING/);
  });

  it("a folder for reports that cannot be written, before anything runs", async () => {
    await writeFile(join(folder, "file"), "");
    const end = await mmgan([...words("digits", "x"), "--reports", join(folder, "file", "reports")]);
    expect(end.code).toBe(1);
    expect(lastLine(end)).toMatch(/writable path.*E_ARGUMENT/);
  });

  it("a run that fails is told, the others go on, and the exit status is 1", async () => {
    const whole = await report("whole", "tiny");
    const name = `digits-mmgan-paper-test-${whole.rows[0].config}`;
    await mkdir(join(folder, "failing", "runs", name), { recursive: true });
    await writeFile(join(folder, "failing", "runs", name, "seed-1"), "in the way");
    const { code, stdout, stderr } = await mmgan(words("digits", "failing", "--json"));
    expect(code).toBe(1);
    expect(stderr).toContain("digits, paper, seed 1 failed: ");
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ runs: 5, unfinished: 0 },
      failed: [{ name: "digits, paper, seed 1", code: "E_ARGUMENT" }],
    });
    const { rows, failed } = await report("failing", "digits");
    expect(rows[0].runs.map(({ seed }: { seed: number }) => seed)).toEqual([2]);
    expect(failed).toMatchObject([{ name: "digits, paper, seed 1" }]);
    expect(rows[1].scores).toEqual(whole.rows[1].scores);
  });

  it("Ctrl-C: checkpoints are written, exit status 130, and the same command goes on", async () => {
    const long = { ...TINY, name: "long", rows: [{ ...TINY.rows[0], steps: { digits: 100_000 } }] };
    await write("long", { ...long, columns: [TINY.columns[0]], baselines: [], snapshots: undefined });
    const running = startMmgan(words("long", "long"));
    // The first line may be of either.
    await running.said("digits, paper, seed");
    running.process.kill("SIGINT");
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(stdout).toContain("2 runs are not done; the same command goes on with them");
  });
});

/** Bad input found while running: exit 1, one line on stderr with its code, nothing on stdout, nothing lost. */

import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { encodePng } from "@mmgan/node-io";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, mmgan, temporaryFolder } from "./mmgan.js";
import { TINY, tinyModel } from "./tiny.js";

let folder: string;
let remove: () => Promise<void>;
let run: string;
let bundle: string;

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  ({ run, bundle } = await tinyModel(folder));
});
afterAll(() => remove());

/** Runs and expects one line: "mmgan: ... (code)". */
async function failure(code: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const finished = await mmgan(args, { env });
  const line = lastLine(finished);
  expect(line).toMatch(/^mmgan: .+ \(E_[A-Z_]+\)$/);
  expect(line.slice(line.lastIndexOf("(") + 1, -1)).toBe(code);
  expect(finished.code).toBe(1);
  expect(finished.stdout).toBe("");
  return line;
}

/** A copy of the bundle with one change. */
async function broken(name: string, change: (copy: string) => Promise<void>): Promise<string> {
  const copy = join(folder, name);
  await cp(bundle, copy, { recursive: true });
  await change(copy);
  return copy;
}

async function editManifest(copy: string, edit: (manifest: Record<string, unknown>) => void): Promise<void> {
  const path = join(copy, "manifest.json");
  const manifest = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  edit(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

const train = (...args: string[]) => ["train", ...TINY, "--out", join(folder, "never"), ...args];
const grid = (model: string) => ["generate", "--model", model, "--out", join(folder, "never.png")];

describe("data", () => {
  it("offers the nearest data set", async () => {
    expect(await failure("E_UNKNOWN_NAME", train("--data", "mnits"))).toContain("Did you mean mnist?");
    expect(await failure("E_UNKNOWN_NAME", ["data", "fetch", "coil20"])).toContain("Did you mean coil-20?");
    expect(await failure("E_UNKNOWN_NAME", ["evaluate", bundle, "--data", "digit"])).toContain(
      "Did you mean digits?",
    );
  });

  it("names the command that brings what is missing", async () => {
    const nowhere = {
      MMGAN_DATA: join(folder, "nowhere"),
      XDG_CACHE_HOME: join(folder, "no-cache"),
      HOME: folder,
    };
    const line = await failure("E_DATA_MISSING", train("--data", "mnist"), nowhere);
    expect(line).toContain("mmgan data fetch mnist");
  });

  it("names the truncated file and the check", async () => {
    const mnist = join(folder, "data", "mnist");
    await mkdir(mnist, { recursive: true });
    await writeFile(join(mnist, "train-images-idx3-ubyte.gz"), Uint8Array.of(31, 139, 8, 0));
    await writeFile(join(mnist, "train-labels-idx1-ubyte.gz"), Uint8Array.of(31, 139, 8, 0));
    const line = await failure(
      "E_DATA_CORRUPT",
      train("--data", "mnist", "--data-dir", join(folder, "data")),
    );
    expect(line).toContain("train-images-idx3-ubyte.gz");
  });

  it("refuses more clusters than vertices, and than images", async () => {
    expect(await failure("E_ARGUMENT", train("--latent", "1"))).toContain(
      "Expected at most 2^1 = 2 (vertices of the hypercube) for clusters but received 3.",
    );
    const two = join(folder, "two");
    await mkdir(two);
    for (const name of ["a.png", "b.png"])
      await writeFile(
        join(two, name),
        await encodePng({ count: 1, height: 8, width: 8, channels: 1, data: new Uint8Array(64) }),
      );
    expect(await failure("E_ARGUMENT", train("--data", two))).toContain("at most the number of images, 2");
  });

  it("gives each mirror's reason when none has the files", async () => {
    const server = createServer((_, response) => response.writeHead(404).end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const mirror = `http://127.0.0.1:${port}/`;
    try {
      const args = ["data", "fetch", "mnist", "--data-dir", join(folder, "fetched"), "--mirror", mirror];
      const line = await failure("E_DOWNLOAD", args);
      expect(line).toContain(mirror);
      expect(line).toContain("404");
    } finally {
      server.close();
    }
  });

  it("refuses an empty folder", async () => {
    const empty = join(folder, "empty");
    await mkdir(empty);
    expect(await failure("E_EMPTY_FOLDER", train("--data", empty))).toContain(empty);
    const cluster = ["cluster", empty, "--model", bundle, "--out", join(folder, "never.csv")];
    expect(await failure("E_EMPTY_FOLDER", cluster)).toContain(empty);
  });

  it("refuses to score a folder without classes", async () => {
    const line = await failure("E_ARGUMENT", [
      "evaluate",
      bundle,
      "--data",
      join(folder, "two"),
      "--split",
      "all",
    ]);
    expect(line).toContain("sub-folder");
  });

  it("refuses --samples where nothing is generated", async () => {
    const args = ["evaluate", bundle, "--data", "digits", "--samples", "100"];
    expect(await failure("E_ARGUMENT", args)).toContain("--generation");
  });

  it("refuses data of another kind than the model's", async () => {
    expect(await failure("E_ARGUMENT", ["evaluate", bundle, "--data", "moons"])).toContain("moons");
  });
});

describe("checkpoints", () => {
  it("names the truncated file", async () => {
    const cut = join(folder, "cut-run");
    await cp(run, cut, { recursive: true });
    const [name] = await readdir(join(cut, "checkpoints"));
    await truncate(join(cut, "checkpoints", name!), 1000);
    expect(await failure("E_CHECKPOINT", ["export", cut, "--out", join(folder, "never")])).toContain(name);
    expect(await failure("E_CHECKPOINT", ["train", "--resume", "--out", cut])).toContain(name);
  });

  it.each([
    ["an empty object", "{}"],
    ["not JSON", '{ "config": '],
  ])("names a config.json that is %s", async (name, text) => {
    const damaged = join(folder, `run with ${name}`);
    await cp(run, damaged, { recursive: true });
    await writeFile(join(damaged, "config.json"), text);
    for (const args of [
      ["export", damaged, "--out", join(folder, "never")],
      ["train", "--resume", "--out", damaged],
    ]) {
      const line = await failure("E_CHECKPOINT", args);
      expect(line).toContain(join(damaged, "config.json"));
    }
  });

  it("refuses a folder that is no run", async () => {
    const args = ["export", join(folder, "two"), "--out", join(folder, "never")];
    expect(await failure("E_CHECKPOINT", args)).toContain(join(folder, "two"));
  });
});

describe("bundles", () => {
  it("names the corrupt file and the check", async () => {
    const model = await broken("corrupt", async (copy) => {
      const bytes = await readFile(join(copy, "encoder.onnx"));
      bytes[100] = bytes[100]! ^ 1;
      await writeFile(join(copy, "encoder.onnx"), bytes);
    });
    const line = await failure("E_BUNDLE", grid(model));
    expect(line).toContain("SHA-256");
    expect(line).toContain(join(model, "encoder.onnx"));
  });

  it("names the truncated and the missing file", async () => {
    const short = await broken("short", (copy) => truncate(join(copy, "generator.onnx"), 10));
    expect(await failure("E_BUNDLE", ["inspect", short])).toContain("but received 10: its size differs");
    const line = await failure("E_BUNDLE", grid(join(folder, "two")));
    expect(line).toContain("it has no manifest.json");
  });

  it("refuses a newer format", async () => {
    const model = await broken("newer", (copy) =>
      editManifest(copy, (manifest) => {
        manifest.format = "2.0.0";
      }),
    );
    expect(await failure("E_BUNDLE_VERSION", grid(model))).toContain("but received 2.0.0");
  });

  it("refuses a path that leaves the folder", async () => {
    const model = await broken("escaping", (copy) =>
      editManifest(copy, (manifest) => {
        (manifest.files as Record<string, { path: string }>).encoder!.path = "../bundle/encoder.onnx";
      }),
    );
    expect(await failure("E_BUNDLE", grid(model))).toContain("files.encoder.path");
  });

  it("refuses a cluster the model does not have", async () => {
    expect(await failure("E_ARGUMENT", [...grid(bundle), "--cluster", "3"])).toContain(
      "Expected an integer from 0 to 2 for --cluster but received 3.",
    );
  });
});

describe("output", () => {
  it("refuses extensions it does not write", async () => {
    const args = ["cluster", folder, "--model", bundle, "--out", join(folder, "r.xlsx")];
    expect(await failure("E_ARGUMENT", args)).toContain(
      "a file name ending in .csv, .jsonl or .parquet for --out",
    );
    const jpeg = ["generate", "--model", bundle, "--out", join(folder, "g.jpeg")];
    expect(await failure("E_ARGUMENT", jpeg)).toContain("a file name ending in .png");
  });

  it.skipIf(!existsSync("/dev/full"))("says that the disk is full", async () => {
    const full = join(folder, "full.png");
    await symlink("/dev/full", full);
    const line = await failure("E_DISK_FULL", ["generate", "--model", bundle, "--out", full]);
    expect(line).toContain("full.png");
  });

  it("refuses to replace a folder that is no bundle", async () => {
    const line = await failure("E_FOLDER_IN_USE", ["export", run, "--out", join(folder, "two")]);
    expect(line).toContain(join(folder, "two"));
    expect((await readdir(join(folder, "two"))).sort()).toEqual(["a.png", "b.png"]);
  });

  it("refuses a quickstart in a folder it did not make", async () => {
    const line = await failure("E_FOLDER_IN_USE", ["quickstart", "--out", join(folder, "two")]);
    expect(line).toContain("was not made by mmgan quickstart");
  });
});

describe("devices and numbers", () => {
  it("refuses engines to compare that do not exist, or are not two", async () => {
    expect(await failure("E_UNKNOWN_NAME", ["doctor", "--compare", "onnx/cpu", "refrence"])).toContain(
      "reference",
    );
    expect(await failure("E_ARGUMENT", ["doctor", "--compare", "onnx/cpu"])).toContain("two engines");
  });

  it("says what to do about a device that is not there", async () => {
    expect(await failure("E_DEVICE", train("--device", "cuda"))).toMatch(
      /cuda is not: .*npm rebuild .*onnxruntime-node.*auto, which takes cpu/,
    );
  });

  it("stops at a number that is not finite, and names the loss or gradient", async () => {
    // Adam without a second moment to speak of: steps of beta1's remembered gradient over today's, at rate 1.
    const wild = ["beta1=0.9", "beta2=0", "criticRate=1"].flatMap((field) => ["--set", field]);
    const line = await failure(
      "E_DIVERGED",
      train("--data", "moons", "--steps", "200", "--r1", "10000", ...wild),
    );
    // Which of them leaves float32 first hangs on the last digits of the runtime's sums.
    expect(line).toMatch(
      /^mmgan: (loss|gradient)\/(critic|generator) is (NaN|-?Infinity) at step \d+\. Checkpoints of earlier steps are kept\. /,
    );
  });
});

it("gives the error as the one JSON document when asked for", async () => {
  const { code, stdout, stderr } = await mmgan([...grid(join(folder, "two")), "--json"]);
  expect(code).toBe(1);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  expect(error.code).toBe("E_BUNDLE");
  expect(stderr).toBe(`mmgan: ${error.message} (E_BUNDLE)\n`);
});

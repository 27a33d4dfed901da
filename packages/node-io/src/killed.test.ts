// What survives kill -9: the old file, the old folder, and the next process's right to the lock.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FolderInUseError } from "@mmgan/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeFileAtomic } from "./atomic.js";
import { LOCK_FILE, lockFolder } from "./lock.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** Runs `work` in a process of its own on this package's sources, with `io` for its exports. */
const script = (work: string): string => `
  import { createViteServer } from "vitest/node";
  const conditions = ["@mmgan/source", "node", "import", "module", "default"];
  const server = await createViteServer({
    configFile: false, root: ${JSON.stringify(root)}, logLevel: "error", appType: "custom",
    server: { middlewareMode: true, watch: null, ws: false },
    resolve: { conditions }, ssr: { resolve: { conditions } },
  });
  const io = await server.ssrLoadModule("/packages/node-io/src/index.ts");
  const [folder] = process.argv.slice(1);
  ${work}
`;

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-killed-"));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** Starts a child and waits until it has printed "ready". */
async function start(work: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script(work), folder], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await untilReady(child);
  return child;
}

async function untilReady(child: ChildProcess): Promise<string> {
  let said = "";
  for await (const chunk of child.stdout!) {
    said += chunk;
    if (said.includes("ready")) return said;
  }
  throw new Error(`the child ended early: ${said}`);
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

const FOREVER = "setInterval(() => {}, 1000);";

test("a writer killed midway leaves the old file", async () => {
  await writeFile(join(folder, "a"), "old");
  const child = await start(`
    const file = await io.openAtomic(folder + "/a");
    await file.write("new".repeat(100_000));
    console.log("ready");
    ${FOREVER}
  `);
  await kill(child);
  expect(await readFile(join(folder, "a"), "utf8")).toBe("old");
  const left = (await readdir(folder)).filter((name) => name !== "a");
  expect(left).toEqual([expect.stringMatching(new RegExp(`^\\.mmgan-${child.pid}-[0-9a-f]{12}\\.tmp$`))]);
  await writeFileAtomic(join(folder, "a"), "newer");
  expect(await readFile(join(folder, "a"), "utf8")).toBe("newer");
});

test("a writer killed at any moment leaves one whole version", async () => {
  const size = 300_000;
  for (const delayMs of [0, 7, 23]) {
    const child = await start(`
      for (let i = 0; ; i = (i + 1) % 256) {
        await io.writeFileAtomic(folder + "/a", new Uint8Array(${size}).fill(i));
        if (i === 2) console.log("ready");
      }
    `);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await kill(child);
    const bytes = await readFile(join(folder, "a"));
    expect(bytes.length).toBe(size);
    expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
  }
});

test("a bundle's writer killed at any moment leaves one whole bundle, or in the moment of the swap none", async () => {
  const names = ["manifest.json", "encoder.onnx", "grid.png"];
  for (const delayMs of [0, 11]) {
    const child = await start(`
      for (let i = 0; ; i = (i + 1) % 10) {
        const bytes = Buffer.from(String(i).repeat(50_000));
        const files = { encoder: { path: "encoder.onnx" }, grid: { path: "grid.png" } };
        const manifest = Buffer.from(JSON.stringify({ version: String(i), files }));
        const all = [["manifest.json", manifest], ["encoder.onnx", bytes], ["grid.png", bytes]];
        await io.writeFolderAtomic(folder + "/bundle", new Map(all));
        if (i === 2) console.log("ready");
      }
    `);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await kill(child);
    const bundles = (await readdir(folder)).filter((name) => name === "bundle");
    for (const bundle of bundles) {
      expect((await readdir(join(folder, bundle))).sort()).toEqual([...names].sort());
      const { version } = JSON.parse(await readFile(join(folder, bundle, "manifest.json"), "utf8"));
      for (const name of names.slice(1))
        expect(await readFile(join(folder, bundle, name), "utf8")).toBe(version.repeat(50_000));
    }
    // In the swap the old bundle lies beside, whole.
    if (bundles.length === 0) expect((await readdir(folder)).length).toBeGreaterThan(0);
  }
});

test("a live lock is refused with its pid; after kill -9 it is taken over and the litter removed", async () => {
  const child = await start(`
    await io.lockFolder(folder);
    const file = await io.openAtomic(folder + "/checkpoints/step");
    await file.write("half");
    console.log("ready");
    ${FOREVER}
  `);
  const error = await lockFolder(folder).catch((e) => e);
  expect(error).toBeInstanceOf(FolderInUseError);
  expect(error.code).toBe("E_FOLDER_IN_USE");
  expect(error.message).toContain(`process ${child.pid} on this host`);
  expect(await readdir(join(folder, "checkpoints"))).toHaveLength(1);
  await kill(child);
  const lock = await lockFolder(folder);
  expect(JSON.parse(await readFile(join(folder, LOCK_FILE), "utf8")).pid).toBe(process.pid);
  expect(await readdir(join(folder, "checkpoints"))).toEqual([]);
  await lock.release();
  expect(await readdir(folder)).toEqual(["checkpoints"]);
});

test.skipIf(process.platform !== "linux")("the lock of a zombie is taken over", async () => {
  // The second sleep inherits the first from the shell and never reaps it: it stays a zombie.
  const parent = spawn("sh", ["-c", "sleep 0.3 & echo $! ready; exec sleep 60"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(parent);
  const pid = Number.parseInt(await untilReady(parent), 10);
  const state = async (): Promise<string> => (await readFile(`/proc/${pid}/stat`, "utf8")).split(" ")[2]!;
  await expect.poll(state).toBe("Z");
  await writeFile(join(folder, LOCK_FILE), JSON.stringify({ pid, host: hostname(), lockedAt: "then" }));
  const lock = await lockFolder(folder);
  await lock.release();
});

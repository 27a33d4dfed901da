import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readSetupRecord } from "./folder.js";
import { type SetupStage, setUpTensorflow } from "./set-up.js";
import { fakePrograms, WHEEL, wheelOf } from "./testing.js";

const bytes = wheelOf();
const sha256 = createHash("sha256").update(bytes).digest("hex");
let folder: string;
let out: string;
let wheel: string;
let servers: Server[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mmgan-setup-"));
  out = join(folder, "out");
  wheel = join(folder, WHEEL);
  writeFileSync(wheel, bytes);
  servers = [];
  const { npm, compiler } = fakePrograms(folder);
  vi.stubEnv("npm_execpath", npm);
  vi.stubEnv("CXX", compiler);
  for (const name of ["PIP_INDEX_URL", "PIP_CONFIG_FILE", "VIRTUAL_ENV"]) vi.stubEnv(name, "");
  for (const name of ["HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"]) vi.stubEnv(name, folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const lines = (log: string) => readFileSync(join(folder, log), "utf8").trim().split("\n");
const other = [
  WHEEL.replace("2.21.0", "2.20.0"),
  WHEEL.replace("x86_64", "aarch64"),
  "tensorflow_cpu-2.21.0.tar.gz",
];

describe("from a wheel on disk", () => {
  it("builds, tries, and writes the record last; a second run finds it there", async () => {
    const stages: SetupStage[] = [];
    const first = await setUpTensorflow({ wheel, out, onStage: (stage) => stages.push(stage) });
    expect(stages).toEqual(["npm", "wheel", "unpack", "build", "try"]);
    expect(first).toMatchObject({
      status: "built",
      tensorflowVersion: "2.21.0",
      wheel: WHEEL,
      wheelSha256: sha256,
    });
    expect(first.addonSha256).toBe(createHash("sha256").update("addon\n").digest("hex"));
    expect(readSetupRecord(out)).toMatchObject({ addonSha256: first.addonSha256 });
    expect(lines("npm.log")[0]).toContain("--ignore-scripts");
    expect(lines("cxx.log")[0]).toContain("-Wl,-rpath,$ORIGIN/../../../../../tensorflow");
    expect(await setUpTensorflow({ wheel, out })).toEqual({ ...first, status: "present" });
    expect(lines("cxx.log")).toHaveLength(1);
  });

  it("builds anew where the addon is not the one that was built", async () => {
    await setUpTensorflow({ wheel, out });
    writeFileSync(join(out, "node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node"), "other");
    expect(await setUpTensorflow({ wheel, out })).toMatchObject({ status: "built" });
  });

  it.each<SetupStage>(["npm", "unpack", "build", "try"])(
    "stopped at %s: no record; goes on with the next run",
    async (at) => {
      const controller = new AbortController();
      const stopped = setUpTensorflow({
        wheel,
        out,
        signal: controller.signal,
        onStage: (stage) => stage === at && controller.abort(),
      });
      await expect(stopped).rejects.toMatchObject({ code: "E_INTERRUPTED" });
      expect(readSetupRecord(out)).toBeUndefined();
      expect(await setUpTensorflow({ wheel, out })).toMatchObject({ status: "built" });
    },
  );
});

describe("from an index", () => {
  const json =
    (digest = sha256): RequestListener =>
    (request, response) => {
      if (request.url?.endsWith(".whl")) return void response.end(bytes);
      response.setHeader("content-type", "application/vnd.pypi.simple.v1+json");
      const files = [...other, WHEEL].map((name) => ({
        filename: name,
        url: `../files/${name}`,
        hashes: { sha256: digest },
      }));
      response.end(JSON.stringify({ files }));
    };
  const html: RequestListener = (request, response) => {
    if (request.url?.endsWith(".whl")) return void response.end(bytes);
    response.setHeader("content-type", "text/html");
    const anchors = [...other, WHEEL].map(
      (name) => `<a data-x="&gt;" href="../files/${name}#sha256=${sha256}">${name}</a>`,
    );
    response.end(`<!DOCTYPE html><html><body>${anchors.join("<br/>\n")}</body></html>`);
  };

  it.each([
    ["JSON", json()],
    ["HTML", html],
  ])(
    "%s: takes the wheel of that version and platform, and drops the download at the end",
    async (_, listener) => {
      const seen: string[] = [];
      const index = await serve((request, response) => {
        seen.push(request.url!);
        listener(request, response);
      });
      expect(await setUpTensorflow({ index, out })).toMatchObject({ status: "built", wheelSha256: sha256 });
      expect(seen).toEqual(["/tensorflow-cpu/", `/files/${WHEEL}`]);
      expect(existsSync(join(out, "download"))).toBe(false);
    },
  );

  it("PIP_INDEX_URL, then pip's config; user and password become a header", async () => {
    let authorization: string | undefined;
    const index = await serve((request, response) => {
      authorization = request.headers.authorization;
      json()(request, response);
    });
    writeFileSync(join(folder, "pip.conf"), `[global]\nindex-url = ${index.replace("//", "//me:secret@")}\n`);
    vi.stubEnv("PIP_CONFIG_FILE", join(folder, "pip.conf"));
    expect(await setUpTensorflow({ out })).toMatchObject({ status: "built" });
    expect(authorization).toBe(`Basic ${Buffer.from("me:secret").toString("base64")}`);
  });

  it("a wrong hash: E_DOWNLOAD, and nothing stays", async () => {
    const index = await serve(json("0".repeat(64)));
    await expect(setUpTensorflow({ index, out })).rejects.toMatchObject({
      code: "E_DOWNLOAD",
      message: expect.stringContaining("SHA-256"),
    });
    expect(readdirSync(join(out, "download"))).toEqual([]);
  });

  it("goes on where a broken download stopped", async () => {
    const ranges: (string | undefined)[] = [];
    const index = await serve((request, response) => {
      if (!request.url?.endsWith(".whl")) return void json()(request, response);
      ranges.push(request.headers.range);
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.statusCode = from ? 206 : 200;
      response.setHeader("content-length", bytes.length - from);
      if (from) {
        response.setHeader("content-range", `bytes ${from}-${bytes.length - 1}/${bytes.length}`);
        response.end(bytes.subarray(from));
      } else response.write(bytes.subarray(0, 200), () => setTimeout(() => response.destroy(), 50));
    });
    await setUpTensorflow({ index, out, retryDelayMs: 1 });
    expect(ranges).toEqual([undefined, "bytes=200-"]);
  });

  it("without that version: names those there are", async () => {
    const index = await serve(json());
    await expect(setUpTensorflow({ index, out, tensorflowVersion: "9.9.9" })).rejects.toMatchObject({
      code: "E_DOWNLOAD",
      message: expect.stringMatching(/9\.9\.9.*2\.20\.0, 2\.21\.0/),
    });
  });
});

describe("bad input", () => {
  it("no wheel and no index: says both ways, and the line that downloads it", async () => {
    await expect(setUpTensorflow({ out })).rejects.toMatchObject({
      code: "E_DATA_MISSING",
      message: expect.stringMatching(/--index URL.*pip download .*tensorflow-cpu==2\.21\.0.*--wheel/),
    });
  });

  it("a wheel that is not there", async () => {
    const path = join(folder, "none", WHEEL);
    await expect(setUpTensorflow({ wheel: path, out })).rejects.toMatchObject({
      code: "E_DATA_MISSING",
      message: expect.stringContaining(path),
    });
  });

  it("no compiler", async () => {
    vi.stubEnv("CXX", "");
    vi.stubEnv("PATH", folder);
    await expect(setUpTensorflow({ wheel, out })).rejects.toMatchObject({
      code: "E_ENGINE",
      message: expect.stringMatching(/none of g\+\+, c\+\+, clang\+\+/),
    });
    vi.stubEnv("CXX", "/none/cxx");
    await expect(setUpTensorflow({ wheel, out })).rejects.toMatchObject({
      message: expect.stringContaining("/none/cxx"),
    });
  });

  it("a compiler that fails: its error line", async () => {
    writeFileSync(
      process.env.CXX!,
      '#!/bin/sh\necho "note: this"\necho "x.h:1: fatal error: y.h: none"\nexit 1\n',
    );
    await expect(setUpTensorflow({ wheel, out })).rejects.toMatchObject({
      code: "E_ENGINE",
      message: expect.stringContaining("fatal error: y.h: none"),
    });
    expect(readSetupRecord(out)).toBeUndefined();
  });

  it("another platform: what to do there", async () => {
    await expect(setUpTensorflow({ wheel, out, platform: "darwin-arm64" })).rejects.toMatchObject({
      code: "E_PLATFORM",
      message: expect.stringMatching(/darwin-arm64.*@tensorflow\/tfjs-node@4\.22\.0/),
    });
  });

  it("a folder with other files in it", async () => {
    await expect(setUpTensorflow({ wheel, out: folder })).rejects.toMatchObject({
      code: "E_FOLDER_IN_USE",
      message: expect.stringContaining(folder),
    });
  });
});

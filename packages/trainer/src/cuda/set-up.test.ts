import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { wheelOf, writeFiles } from "../tensorflow/testing.js";
import { CUDA_LIBRARIES, type CudaSetupStage, setUpCuda } from "./set-up.js";

const WHEEL = "onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_28_x86_64.whl";
const FILES = {
  [CUDA_LIBRARIES[0]]: "shared",
  [CUDA_LIBRARIES[1]]: "cuda",
  "onnxruntime/capi/other.so": "left out",
};
/** An onnxruntime-node that computes with CUDA where both libraries lie beside its own. */
const ENTRY = `
const fs = require("fs"), path = require("path");
const folder = path.join(__dirname, "../bin/napi-v6/linux/x64");
const has = (name, text) => fs.existsSync(path.join(folder, name)) && fs.readFileSync(path.join(folder, name), "utf8") === text;
class Tensor { constructor(type, data) { this.data = data; } }
module.exports = {
  env: {},
  Tensor,
  InferenceSession: { async create() {
    if (!has("libonnxruntime_providers_cuda.so", "cuda") || !has("libonnxruntime_providers_shared.so", "shared")) throw new Error("no library");
    if (fs.existsSync(path.join(folder, "no-driver"))) throw new Error("no driver");
    return { async run() { return { y: { data: Float32Array.of(0, 2) } }; } };
  } },
};
`;

let folder: string;
let libraries: string;
let wheel: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mmgan-cuda-"));
  libraries = join(folder, "onnxruntime-node/bin/napi-v6/linux/x64");
  writeFiles(join(folder, "onnxruntime-node"), {
    "package.json": JSON.stringify({ name: "onnxruntime-node", version: "1.30.0" }),
    "dist/index.js": ENTRY,
    "bin/napi-v6/linux/x64/libonnxruntime.so.1": "own",
  });
  wheel = join(folder, WHEEL);
  writeFileSync(wheel, wheelOf(FILES));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const library = () => join(folder, "onnxruntime-node/dist/index.js");
const setUp = (options = {}) => setUpCuda({ library, platform: "linux-x64", wheel, ...options });

it("lays both libraries beside onnxruntime-node's own, and tries them; a second call finds them there", async () => {
  const stages: CudaSetupStage[] = [];
  expect(await setUp({ onStage: (stage: CudaSetupStage) => stages.push(stage) })).toEqual({
    folder: libraries,
    version: "1.30.0",
    status: "placed",
  });
  expect(stages).toEqual(["wheel", "unpack", "try"]);
  expect(readdirSync(libraries).sort()).toEqual([
    "libonnxruntime.so.1",
    "libonnxruntime_providers_cuda.so",
    "libonnxruntime_providers_shared.so",
  ]);
  expect(readFileSync(join(libraries, "libonnxruntime_providers_cuda.so"), "utf8")).toBe("cuda");
  expect(await setUp({ wheel: undefined })).toMatchObject({ status: "present" });
});

it("says what is missing where the libraries do not compute", async () => {
  writeFileSync(join(libraries, "no-driver"), "");
  await expect(setUp()).rejects.toMatchObject({
    code: "E_DEVICE",
    message: expect.stringMatching(/no driver.*NVIDIA driver.*ldd libonnxruntime_providers_cuda\.so/),
  });
});

it.each([
  ["of another version", WHEEL.replace("1.30.0", "1.29.0"), /onnxruntime_gpu 1\.30\.0/],
  ["of another package", WHEEL.replace("_gpu", ""), /a wheel of onnxruntime_gpu /],
  ["for another platform", WHEEL.replace("x86_64", "aarch64"), /Linux x64/],
])("refuses a wheel %s", async (_, name, message) => {
  const path = join(folder, name);
  writeFileSync(path, wheelOf(FILES));
  await expect(setUp({ wheel: path })).rejects.toMatchObject({
    code: "E_ARGUMENT",
    message: expect.stringMatching(message),
  });
  expect(existsSync(join(libraries, "libonnxruntime_providers_cuda.so"))).toBe(false);
});

it("refuses a damaged wheel, and leaves no library", async () => {
  writeFileSync(wheel, wheelOf(FILES, { [CUDA_LIBRARIES[1]]: "another text" }));
  await expect(setUp()).rejects.toMatchObject({ code: "E_DATA_CORRUPT" });
  expect(existsSync(join(libraries, "libonnxruntime_providers_cuda.so"))).toBe(false);
});

it("works on Linux x64 alone", async () => {
  await expect(setUp({ platform: "darwin-arm64" })).rejects.toMatchObject({ code: "E_PLATFORM" });
});

it("goes on after a stop", async () => {
  const controller = new AbortController();
  const stopped = setUp({
    signal: controller.signal,
    onStage: (stage: CudaSetupStage) => stage === "unpack" && controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: "E_INTERRUPTED" });
  expect(await setUp()).toMatchObject({ status: "placed" });
});

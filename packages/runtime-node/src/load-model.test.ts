// What is Node's own: folders, devices, threads, sessions made late. The rest is in the runtime contract.
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, BundleError, DeviceError, UnknownNameError } from "@mmgan/core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { AUTO_DEVICE, type DeviceName, probeDevices } from "./devices.js";
import { inspectBundle } from "./inspect-bundle.js";
import { loadModel } from "./load-model.js";
import { TestFolders } from "./testing/bundle-folder.js";
import { type TinyBundle, tinyBundle, withFile, withManifest } from "./testing/tiny-bundle.js";

const folders = new TestFolders();
afterEach(() => folders.remove());
let bundle: TinyBundle;
beforeAll(async () => {
  bundle = await tinyBundle();
});

describe("folders", () => {
  test("none, a file, and one without manifest.json each say what is wrong", async () => {
    const folder = await folders.make();
    await writeFile(join(folder, "file"), "");
    for (const [path, problem] of [
      [join(folder, "none"), "there is no such folder"],
      [join(folder, "file"), "it is a file"],
      [folder, "it has no manifest.json"],
    ] as const) {
      const error = await loadModel(path).catch((e) => e);
      expect(error).toBeInstanceOf(BundleError);
      expect(error.message).toBe(
        `Expected the folder of a bundle for model but received ${path}: ${problem}. Give a folder written by mmgan export.`,
      );
    }
  });

  test("a folder in a file's place is a BundleError that names it", async () => {
    const folder = await folders.bundle(bundle.files);
    await rm(join(folder, "encoder.onnx"));
    await mkdir(join(folder, "encoder.onnx"));
    const error = await loadModel(folder).catch((e) => e);
    expect(error).toBeInstanceOf(BundleError);
    expect(error.message).toContain(`${join(folder, "encoder.onnx")} but it is not a regular file`);
  });

  test("a bundle whose files are links, as caches lay them out, loads", async () => {
    const store = await folders.bundle(bundle.files);
    const folder = await folders.make();
    for (const name of bundle.files.keys()) await symlink(join(store, name), join(folder, name));
    const model = await loadModel(folder);
    expect((await model.generate({ spread: 0 })).latents).toEqual(bundle.mixture.means);
    await model.dispose();
  });

  test("a loaded model needs its folder no more", async () => {
    const folder = await folders.bundle(bundle.files);
    const model = await loadModel(folder);
    await rm(folder, { recursive: true });
    expect((await model.generate({ spread: 0 })).latents).toEqual(bundle.mixture.means);
    await model.dispose();
  });

  test("generate does not load the encoder, nor cluster the generator", async () => {
    const noEncoder = await loadModel(
      await folders.bundle(await withFile(bundle, "encoder.onnx", Uint8Array.of(1))),
    );
    expect((await noEncoder.generate()).count).toBe(3);
    await noEncoder.dispose();
    const noGenerator = await loadModel(
      await folders.bundle(await withFile(bundle, "generator.onnx", Uint8Array.of(1))),
    );
    const one = { count: 1, height: 4, width: 4, channels: 1, data: new Uint8Array(16) };
    expect((await noGenerator.cluster(one)).count).toBe(1);
    const error = await noGenerator.generate().catch((e) => e);
    expect(error).toBeInstanceOf(BundleError);
    expect(error.message).toContain("generator.onnx but ONNX Runtime does not load it on cpu");
    await noGenerator.dispose();
  });
});

describe("devices", () => {
  test("auto takes the CPU, and says so", async () => {
    const folder = await folders.bundle(bundle.files);
    for (const options of [{}, { device: "auto" }, { device: "cpu" }] as const) {
      const model = await loadModel(folder, options);
      expect(model.device).toBe("cpu");
      await model.dispose();
    }
    expect(AUTO_DEVICE).toBe("cpu");
  });

  test("a device that does not exist is refused with the nearest", async () => {
    const folder = await folders.bundle(bundle.files);
    const error = await loadModel(folder, { device: "wbgpu" as DeviceName }).catch((e) => e);
    expect(error).toBeInstanceOf(UnknownNameError);
    expect(error.message).toContain(
      "Expected one of auto, cpu, webgpu, cuda for device but received wbgpu. Did you mean webgpu?",
    );
  });

  test("every device is usable, and computes, or says why not and what to install", async () => {
    const probes = await probeDevices();
    expect(probes.map(({ device }) => device)).toEqual(["cpu", "webgpu", "cuda"]);
    expect(probes[0]).toEqual({ device: "cpu", usable: true });
    const folder = await folders.bundle(bundle.files);
    for (const { device, usable, reason, remedy } of probes.slice(1)) {
      if (usable) {
        const model = await loadModel(folder, { device });
        expect(model.device).toBe(device);
        expect((await model.generate({ spread: 0 })).latents).toEqual(bundle.mixture.means);
        await model.dispose();
        continue;
      }
      expect(reason).not.toMatch(/\n|^$/);
      const error = await loadModel(folder, { device }).catch((e) => e);
      expect(error).toBeInstanceOf(DeviceError);
      expect(error.message).toBe(
        `Expected a usable device for device but ${device} is not: ${reason}. ${remedy}; or leave the device at auto, which takes cpu here.`,
      );
    }
  });
});

test.each([0, -1, 1.5, 1025, Number.NaN])("threads %d is out of range", async (threads) => {
  const error = await loadModel("anywhere", { threads }).catch((e) => e);
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain("Expected an integer from 1 to 1024 for threads but received");
});

test("threads do not change the answer", async () => {
  const folder = await folders.bundle(bundle.files);
  const made = [];
  for (const threads of [1, 3]) {
    const model = await loadModel(folder, { threads });
    made.push(await model.generate({ count: 50, seed: 1 }));
    await model.dispose();
  }
  expect(made[0]).toEqual(made[1]);
});

describe("inspectBundle", () => {
  test("gives the manifest and what each graph declares", async () => {
    const { manifest, graphs } = await inspectBundle(await folders.bundle(bundle.files));
    expect(manifest).toEqual(bundle.manifest);
    expect(graphs).toEqual({
      encoder: {
        inputs: [{ name: "images", type: "uint8", dims: ["batch", 4, 4, 1] }],
        outputs: [
          { name: "logits", type: "float32", dims: ["batch", 3] },
          { name: "probabilities", type: "float32", dims: ["batch", 3] },
          { name: "cluster", type: "int64", dims: ["batch"] },
          { name: "features", type: "float32", dims: ["batch", 5] },
        ],
      },
      generator: {
        inputs: [{ name: "latent", type: "float32", dims: ["batch", 2] }],
        outputs: [{ name: "images", type: "uint8", dims: ["batch", 4, 4, 1] }],
      },
      mixture: {
        inputs: [
          { name: "cluster", type: "int64", dims: ["batch"] },
          { name: "noise", type: "float32", dims: ["batch", 2] },
        ],
        outputs: [
          { name: "latent", type: "float32", dims: ["batch", 2] },
          { name: "means", type: "float32", dims: [3, 2] },
          { name: "sigmas", type: "float32", dims: [3] },
        ],
      },
    });
  });

  test("finds a graph that does not fit the manifest, whichever it is", async () => {
    const files = withManifest(bundle, (manifest) => {
      manifest.latentDim = 3;
    });
    const error = await inspectBundle(await folders.bundle(files)).catch((e) => e);
    expect(error).toBeInstanceOf(BundleError);
    expect(error.message).toContain("Expected float32 [batch, 3] for input latent of");
    expect(error.message).toContain("generator.onnx but received float32 [batch, 2]");
  });
});

/** `mmgan convert` as a user runs it: files in, an ONNX file out, or one line saying what is wrong. */

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { filesOf, fill } from "../../packages/export/src/convert/models.test.util.js";
import { mmgan, temporaryFolder } from "./mmgan.js";

/** model.json and shards in a folder. */
async function writeModel(folder: string, model: tf.LayersModel): Promise<void> {
  const { modelJson, shards } = await filesOf(model);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "model.json"), modelJson as string);
  for (const [name, bytes] of Object.entries(shards)) await writeFile(join(folder, name), bytes);
}

function small(): tf.Sequential {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [3], activation: "tanh", name: "scores" })],
  });
  fill(model);
  return model;
}

async function inTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const { folder, remove } = await temporaryFolder();
  try {
    await work(folder);
  } finally {
    await remove();
  }
}

beforeAll(() => tf.setBackend("cpu"));

describe("mmgan convert", () => {
  it("writes a graph that computes what the model does", () =>
    inTemporaryFolder(async (folder) => {
      const model = small();
      await writeModel(join(folder, "model"), model);
      const out = join(folder, "model.onnx");
      const { code, stdout, stderr } = await mmgan([
        "convert",
        join(folder, "model"),
        "--out",
        out,
        "--json",
      ]);
      expect(stderr).toBe("");
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        out,
        opset: 13,
        format: "layers-model",
        check: { count: 3, seed: 1 },
      });
      const session = await ort.InferenceSession.create(out);
      const x = [0.5, -1, 2];
      const { scores } = await session.run({ scores_input: new ort.Tensor("float32", x, [1, 3]) });
      const wanted = (model.predict(tf.tensor2d(x, [1, 3])) as tf.Tensor).dataSync();
      expect(Math.abs((scores!.data[0] as number) - wanted[0]!)).toBeLessThan(1e-6);
    }));

  it("says what it wrote and how far it was checked", () =>
    inTemporaryFolder(async (folder) => {
      await writeModel(folder, small());
      const out = join(folder, "m.onnx");
      const args = ["convert", join(folder, "model.json"), "--out", out, "--batch", "2", "--license", "MIT"];
      const { stdout } = await mmgan(args);
      expect(stdout).toMatch(/checked on 3 random inputs \(seed 1, batches 2, 2, 2\), tolerance 0\.0001/);
      expect(stdout).toMatch(/in +scores_input +float32 \[2, 3\]/);
      expect((await readFile(out)).includes("license")).toBe(true);
      const { stderr } = await mmgan([...args, "--check", "0"]);
      expect(stderr).toMatch(/was not compared with the model/);
    }));

  it("registers a custom layer from a module", () =>
    inTemporaryFolder(async (folder) => {
      await writeModel(folder, small());
      const path = join(folder, "model.json");
      const json = (await readFile(path, "utf8")).replace('"class_name":"Dense"', '"class_name":"Tripled"');
      await writeFile(path, json);
      const out = join(folder, "m.onnx");
      const refused = await mmgan(["convert", path, "--out", out]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/received Tripled\. Register it before: .* --register\. \(E_MODEL\)/);
      const module = join(folder, "tripled.mjs");
      await writeFile(
        module,
        `export default ({ tf }) => {
          const Dense = tf.layers.dense({ units: 1 }).constructor;
          class Tripled extends Dense {
            static className = "Tripled";
            call(inputs, kwargs) { return tf.mul(super.call(inputs, kwargs), 3); }
          }
          tf.serialization.registerClass(Tripled);
        };`,
      );
      const done = await mmgan(["convert", path, "--out", out, "--register", module]);
      expect(done.stderr).toBe("");
      expect(done.code).toBe(0);
    }));

  it("leaves no file behind when it refuses", () =>
    inTemporaryFolder(async (folder) => {
      await writeModel(folder, small());
      await writeFile(join(folder, "group1-shard1of2.bin"), new Uint8Array(3));
      const before = await readdir(folder);
      const { code, stderr } = await mmgan(["convert", folder, "--out", join(folder, "m.onnx")]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^mmgan: Expected 32 bytes for the shards .* \(E_MODEL\)\n$/);
      expect(await readdir(folder)).toEqual(before);
    }));

  it.each([
    [["convert", "nowhere/model.json", "--out", "m.onnx"], 1, /nowhere\/model\.json but received|ENOENT/],
    [
      ["convert", "nowhere", "--out", "m.onnx", "--opset", "12"],
      2,
      /from 13 to 21 for --opset but received 12/,
    ],
    [["convert", "nowhere", "--out", "m.onnx", "--layout", "nwhc"], 2, /--layout.*nhwc/],
    [
      ["convert", "nowhere", "--out", "m.onnx", "--shape", "x:1"],
      2,
      /INPUT=AxBxC for --shape but received x:1/,
    ],
    [["convert", "nowhere"], 2, /--out/],
  ])("refuses %j", async (args, code, message) => {
    const run = await mmgan(args);
    expect(run.stderr).toMatch(message);
    expect(run.code).toBe(code);
  });
});

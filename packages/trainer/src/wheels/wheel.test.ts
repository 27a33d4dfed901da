import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WHEEL, WHEEL_FILES, wheelOf } from "../tensorflow/testing.js";
import { mustBeTensorflowWheel, TENSORFLOW_CONTENTS } from "../tensorflow/wheel-contents.js";
import { fitsPlatform, parseWheelName, unpackWheel } from "./wheel.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mmgan-wheel-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const unpack = (bytes: Buffer) => {
  const path = join(folder, WHEEL);
  writeFileSync(path, bytes);
  return unpackWheel(path, join(folder, "out"), TENSORFLOW_CONTENTS);
};
const inOut = (name: string) => join(folder, "out", name);

describe("a wheel's name", () => {
  it("is taken apart, with and without a build tag", () => {
    expect(parseWheelName(WHEEL)).toEqual({
      distribution: "tensorflow-cpu",
      version: "2.21.0",
      platform: "manylinux_2_27_x86_64",
    });
    expect(parseWheelName("Tensor_Flow-2.0-1-py3-none-any.whl")).toMatchObject({
      distribution: "tensor-flow",
    });
    for (const name of ["tensorflow-2.21.0.tar.gz", "tensorflow.whl", "a-b-c-d.whl"])
      expect(parseWheelName(name)).toBeUndefined();
  });

  it.each([
    ["manylinux_2_27_x86_64", true],
    ["manylinux_2_17_x86_64.manylinux2014_x86_64", true],
    ["manylinux_2_27_aarch64", false],
    ["win_amd64", false],
    ["macosx_12_0_arm64", false],
    ["musllinux_1_2_x86_64", false],
  ])("platform %s fits: %s", (platform, fits) => {
    expect(fitsPlatform({ distribution: "tensorflow", version: "2", platform })).toBe(fits);
  });

  it("of another platform or package is refused by name", () => {
    const arm = WHEEL.replace("x86_64", "aarch64");
    for (const name of [arm, "numpy-2.0-cp312-cp312-manylinux_2_17_x86_64.whl", "wheel.zip"])
      expect(() => mustBeTensorflowWheel(`/x/${name}`)).toThrow(
        expect.objectContaining({ code: "E_ARGUMENT", message: expect.stringContaining(name) }),
      );
  });
});

describe("unpackWheel", () => {
  it("writes the libraries and headers, byte for byte, and nothing else", async () => {
    await unpack(wheelOf());
    for (const [name, text] of Object.entries(WHEEL_FILES))
      if (name.endsWith(".py")) expect(existsSync(inOut(name))).toBe(false);
      else expect(readFileSync(inOut(name), "utf8")).toBe(text);
  });

  it("keeps what is there and right, and replaces what is there and wrong", async () => {
    await unpack(wheelOf());
    const [kept, wrong] = ["tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2"];
    const { ino } = statSync(inOut(kept!));
    writeFileSync(inOut(wrong!), "half");
    await unpack(wheelOf());
    expect(statSync(inOut(kept!)).ino).toBe(ino);
    expect(readFileSync(inOut(wrong!), "utf8")).toBe("framework");
  });

  it("refuses a truncated wheel", async () => {
    const whole = wheelOf();
    await expect(unpack(whole.subarray(0, whole.length - 30))).rejects.toMatchObject({
      code: "E_DATA_CORRUPT",
      message: expect.stringContaining(WHEEL),
    });
  });

  it("refuses a wheel without the library, and says which", async () => {
    const { "tensorflow/libtensorflow_cc.so.2": _, ...files } = WHEEL_FILES;
    await expect(unpack(wheelOf(files))).rejects.toMatchObject({
      code: "E_DATA_CORRUPT",
      message: expect.stringContaining("libtensorflow_cc.so.2"),
    });
  });

  it("leaves nothing of an entry that is not what its RECORD says", async () => {
    const name = "tensorflow/libtensorflow_cc.so.2";
    await expect(unpack(wheelOf(WHEEL_FILES, { [name]: "LIBRARY" }))).rejects.toMatchObject({
      code: "E_DATA_CORRUPT",
      message: expect.stringContaining("SHA-256"),
    });
    expect(existsSync(inOut(name))).toBe(false);
  });
});

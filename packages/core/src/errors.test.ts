import { describe, expect, test } from "vitest";
import * as errors from "./errors.js";

const { expected, MmganError } = errors;

const codes: Record<string, string> = {
  ArgumentError: "E_ARGUMENT",
  UnknownNameError: "E_UNKNOWN_NAME",
  ShapeError: "E_SHAPE",
  DataMissingError: "E_DATA_MISSING",
  DataCorruptError: "E_DATA_CORRUPT",
  DownloadError: "E_DOWNLOAD",
  EmptyFolderError: "E_EMPTY_FOLDER",
  ImageError: "E_IMAGE",
  CheckpointError: "E_CHECKPOINT",
  BundleError: "E_BUNDLE",
  BundleVersionError: "E_BUNDLE_VERSION",
  KernelError: "E_KERNEL",
  TraceError: "E_TRACE",
  EngineError: "E_ENGINE",
  DeviceError: "E_DEVICE",
  MemoryError: "E_MEMORY",
  DifferenceError: "E_DIFFERENCE",
  DivergedError: "E_DIVERGED",
  ResumeError: "E_RESUME",
  FolderInUseError: "E_FOLDER_IN_USE",
  DiskFullError: "E_DISK_FULL",
  PeerError: "E_PEER",
  DisposedError: "E_DISPOSED",
  InterruptedError: "E_INTERRUPTED",
  PlatformError: "E_PLATFORM",
};

describe("classes", () => {
  const classes = Object.entries(errors).filter(
    (entry): entry is [string, typeof errors.ArgumentError] =>
      typeof entry[1] === "function" && entry[1].prototype instanceof MmganError,
  );

  test("every class has its stable code, and no two share one", () => {
    const given = Object.fromEntries(classes.map(([name, Class]) => [name, new Class("x").code]));
    // A code is part of the interface: it may be added to, never changed.
    expect(given).toMatchObject(codes);
    expect(new Set(Object.values(given)).size).toBe(classes.length);
  });

  test.each(classes)("%s keeps name, message and cause", (name, Class) => {
    const cause = new TypeError("inner");
    const error = new Class("outer", { cause });
    expect(error).toBeInstanceOf(MmganError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, message: "outer", cause });
    expect(String(error)).toBe(`${name}: outer`);
  });
});

describe("expected", () => {
  test("names what, where, what came and what to do", () => {
    expect(expected("shape [n, 74]", "latent", "[n, 64]", "This model has latentDim 74")).toBe(
      "Expected shape [n, 74] for latent but received [n, 64]. This model has latentDim 74.",
    );
    expect(expected("an integer", "steps", 1.5)).toBe("Expected an integer for steps but received 1.5.");
  });

  test.each(["Did you mean rsgan?", "Stop!", "Update mmgan."])("ends %j once", (remedy) => {
    expect(expected("a", "b", "c", remedy)).toBe(`Expected a for b but received c. ${remedy}`);
  });

  test.each([
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [undefined, "undefined"],
    [null, "null"],
    [true, "true"],
    [12n, "12"],
    [[1, "a"], '[1,"a"]'],
    [{ a: 1 }, '{"a":1}'],
    [{ a: 1n }, "[object Object]"],
    [Float32Array.of(1, 2), "1,2"],
  ])("shows %o as %s", (received, shown) => {
    expect(expected("x", "y", received)).toBe(`Expected x for y but received ${shown}.`);
  });

  test("cuts what is long", () => {
    expect(expected("x", "y", "a".repeat(1000))).toBe(`Expected x for y but received ${"a".repeat(200)}....`);
    expect(expected("x", "y", "a".repeat(200))).toBe(`Expected x for y but received ${"a".repeat(200)}.`);
  });
});

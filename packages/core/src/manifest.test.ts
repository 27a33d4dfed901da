import { describe, expect, test } from "vitest";
import { BUNDLE_FORMAT, type Manifest, parseManifest } from "./manifest.js";

const file = (path: string) => ({ path, sha256: "0123456789abcdef".repeat(4), bytes: 10 });

const good: Manifest = {
  format: BUNDLE_FORMAT,
  kind: "mmgan",
  name: "digits",
  clusters: 10,
  latentDim: 64,
  input: { kind: "image", height: 8, width: 8, channels: 1, fit: "contain" },
  opset: 17,
  files: {
    encoder: file("encoder.onnx"),
    generator: file("generator.onnx"),
    mixture: file("mixture.onnx"),
    card: file("card.md"),
    grid: file("grid.png"),
  },
  training: {
    data: "digits",
    recipe: "default",
    loss: "rsgan",
    steps: 0,
    seed: 1,
    images: 1797,
    metrics: { criticLoss: -0.5 },
  },
  license: "MIT",
  tool: { name: "mmgan", version: "0.1.0" },
};

const row = { n: 359, purity: 0.95, accuracy: 0.95, nmi: 0.9, ari: -0.01 };
/** What 1.1 added. */
const scored: Manifest = {
  ...good,
  training: { ...good.training, minutes: 2.5, command: "mmgan train --data digits" },
  scores: {
    ...{
      data: "digits",
      split: "test",
      whole: { ...row },
      first: { ...row },
      baselines: { "k-means": { ...row } },
    },
    clusters: [
      { n: 30, className: "7", ofClass: 28 },
      { n: 0, ofClass: 0 },
    ],
  },
};

/** `good` with the field at a dotted path replaced, or left out when `value` is undefined. */
function changed(path: string, value: unknown, manifest = good): unknown {
  const copy = structuredClone(manifest) as unknown as Record<string, unknown>;
  const names = path.split(".");
  let at = copy;
  for (const name of names.slice(0, -1)) at = at[name] as Record<string, unknown>;
  at[names.at(-1)!] = value;
  return copy;
}

const parse = (json: unknown) => parseManifest(JSON.stringify(json), "m/manifest.json");

describe("accepted", () => {
  test("a manifest comes back as it is", () => expect(parse(good)).toEqual(good));

  test("with scores, time and command", () => expect(parse(scored)).toEqual(scored));

  test("of points, and without a grid", () => {
    const points = {
      ...good,
      input: { kind: "point", dim: 2 },
      files: { ...good.files, grid: undefined },
    };
    expect(parse(points)).toEqual({ ...points, files: JSON.parse(JSON.stringify(points.files)) });
  });

  test("of a newer minor format: what it adds is ignored", () => {
    const newer = { ...good, format: "1.99.0", colour: "blue" };
    expect(parse(newer)).toEqual({ ...good, format: "1.99.0" });
  });

  test.each(["encoder.onnx", "a", "_x-1.2.onnx", "a..b"])("file name %j", (path) => {
    expect(parse(changed("files.encoder.path", path))).toMatchObject({ files: { encoder: { path } } });
  });
});

describe("a newer format", () => {
  test.each(["2.0.0", "10.1.0", "2.0.0-beta"])("%s asks for an update, whatever else it holds", (format) => {
    for (const json of [{ ...good, format }, { format }])
      expect(() => parse(json)).toThrow(
        expect.objectContaining({
          name: "BundleVersionError",
          code: "E_BUNDLE_VERSION",
          message: `Expected bundle format 1.x for m/manifest.json but received ${format}. Update mmgan to read this bundle.`,
        }),
      );
  });
});

describe("refused", () => {
  const bundleError = (message: unknown) =>
    expect.objectContaining({ name: "BundleError", code: "E_BUNDLE", message });
  const integer = (lowest: number) => `an integer of at least ${lowest}`;
  const fileName = "a plain file name inside the bundle";
  const digest = "64 lower-case hexadecimal digits";

  test.each<[path: string, value: unknown, what: string, received: string]>([
    ["format", "1.0", "a semantic version", "1.0"],
    ["format", 1, "a semantic version", "1"],
    ["kind", 3, "text", "3"],
    ["name", null, "text", "null"],
    ["clusters", 0, integer(1), "0"],
    ["clusters", 2.5, integer(1), "2.5"],
    ["clusters", "10", integer(1), "10"],
    ["latentDim", -1, integer(1), "-1"],
    ["input", "image", "an object", "image"],
    ["input.kind", "sound", "image or point", "sound"],
    ["input.height", 0, integer(1), "0"],
    ["input.width", 1.5, integer(1), "1.5"],
    ["input.channels", 4, "1 or 3", "4"],
    ["input.fit", "crop", "contain, cover or stretch", "crop"],
    ["opset", 0, integer(1), "0"],
    ["files", [], "a value", "nothing"],
    ["files.encoder", "encoder.onnx", "an object", "encoder.onnx"],
    ["files.generator.bytes", -1, integer(0), "-1"],
    ["files.generator.sha256", "abc", digest, "abc"],
    ["files.generator.sha256", "A".repeat(64), digest, "A".repeat(64)],
    ["files.grid.path", 5, fileName, "5"],
    ["training", null, "an object", "null"],
    ["training.data", 1, "text", "1"],
    ["training.recipe", 1, "text", "1"],
    ["training.loss", 1, "text", "1"],
    ["training.steps", -1, integer(0), "-1"],
    ["training.seed", 0.5, integer(0), "0.5"],
    ["training.images", 0, integer(1), "0"],
    ["training.metrics", 5, "an object", "5"],
    ["training.metrics.criticLoss", "low", "a number", "low"],
    ["training.metrics.criticLoss", Number.NaN, "a number", "null"], // JSON has no NaN
    ["license", false, "text", "false"],
    ["tool.name", 1, "text", "1"],
    ["tool.version", 1, "text", "1"],
  ])("%s = %j", (path, value, what, received) => {
    const name = path === "files" ? "files.encoder" : path;
    expect(() => parse(changed(path, value))).toThrow(
      bundleError(
        `Expected ${what} for field ${name} of m/manifest.json but received ${received}. Export the bundle again.`,
      ),
    );
  });

  test.each<[path: string, value: unknown, what: string, received: string]>([
    ["scores.whole.purity", 1.5, "at most 1", "1.5"],
    ["scores.whole.nmi", "good", "a number", "good"],
    ["scores.first.n", 0, integer(1), "0"],
    ["scores.clusters.1.n", -1, integer(0), "-1"],
    ["scores.clusters.0.className", 7, "text", "7"],
    ["training.minutes", -1, "a number of at least 0", "-1"],
    ["training.command", 1, "text", "1"],
  ])("%s = %j of 1.1", (path, value, what, received) => {
    expect(() => parse(changed(path, value, scored))).toThrow(
      bundleError(
        `Expected ${what} for field ${path} of m/manifest.json but received ${received}. Export the bundle again.`,
      ),
    );
  });

  const required = ["format", "kind", "name", "clusters", "latentDim", "input", "opset", "files", "training"];
  const nested = ["license", "tool", "input.fit", "files.card", "files.encoder.sha256", "training.seed"];
  test.each([...required, ...nested])("%s missing", (path) => {
    expect(() => parse(changed(path, undefined))).toThrow(
      bundleError(
        expect.stringMatching(
          new RegExp(
            `^Expected .+ for field ${path.replaceAll(".", "\\.")} of m/manifest\\.json but received nothing\\. Export the bundle again\\.$`,
          ),
        ),
      ),
    );
  });

  test.each([
    "../x",
    "..",
    ".",
    "",
    ".hidden",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "..\\x",
    "C:x",
    "a/../../x",
    "a\n",
    "a\u0000",
    "https://x/y",
    "%2e%2e%2fx",
  ])("a path that is not a plain file name: %j", (path) => {
    for (const entry of ["encoder", "generator", "mixture", "card", "grid"])
      expect(() => parse(changed(`files.${entry}.path`, path))).toThrow(
        bundleError(
          `Expected ${fileName} for field files.${entry}.path of m/manifest.json but received ${path}. Export the bundle again.`,
        ),
      );
  });

  test.each(["", "{", "not json", '{"format":'])("what is not JSON: %j", (text) => {
    expect(() => parseManifest(text, "m/manifest.json")).toThrow(
      bundleError(expect.stringMatching(/^m\/manifest\.json is not JSON: .+ Export the bundle again\.$/)),
    );
    try {
      parseManifest(text, "m/manifest.json");
    } catch (error) {
      expect((error as Error).cause).toBeInstanceOf(SyntaxError);
    }
  });

  test.each([
    ["null", "null"],
    ["3", "3"],
    ['"text"', "text"],
  ])("JSON that is no object: %s", (text, received) => {
    expect(() => parseManifest(text, "m/manifest.json")).toThrow(
      bundleError(
        `Expected an object for m/manifest.json but received ${received}. Export the bundle again.`,
      ),
    );
  });
});

import { UnknownNameError } from "@mmgan/core";
import { describe, expect, it } from "vitest";
import { fieldsOf, type ModelName, type Settings } from "./config.js";
import { type ConfigRequest, RECIPES, resolveConfig } from "./recipes.js";

const request: ConfigRequest = {
  data: "mnist",
  clusters: 10,
  count: 60000,
  input: { kind: "image", height: 28, width: 28, channels: 1, fit: "contain" },
};
const withOverrides = (overrides: Record<string, unknown>, more: Partial<ConfigRequest> = {}) =>
  resolveConfig({ ...request, ...more, overrides: overrides as Partial<Settings> });

describe("resolveConfig", () => {
  it("paper is Algorithm 1 alone, with the paper's constants", () => {
    expect(resolveConfig({ ...request, recipe: "paper" })).toMatchObject({
      information: 0,
      encoderSteps: 0,
      r1: 0,
      ema: 0,
      alpha: 1,
      beta1: 0.5,
      beta2: 0.99,
      init: "hypercube",
    });
  });
  it("default has the information term and E alone first", () => {
    const config = resolveConfig(request);
    expect(config.information).toBeGreaterThan(0);
    expect(config.encoderSteps).toBeGreaterThan(0);
  });
  it("digits walk farther and start several times; points have settings of their own", () => {
    expect(resolveConfig({ ...request, data: "digits", count: 1438 })).toMatchObject({
      walk: 256,
      walkLate: 4,
      starts: 2,
      repairs: 8,
    });
    expect(resolveConfig({ ...request, data: "digits", count: 1438, recipe: "paper" })).toMatchObject({
      walk: 0,
      starts: 1,
      repairs: 0,
    });
    const points = resolveConfig({
      ...request,
      data: "moons",
      clusters: 2,
      input: { kind: "point", dim: 2 },
      recipe: "paper",
    });
    expect(points).toMatchObject({
      loss: "rsgan",
      pairing: "hard",
      latentDim: 2,
      batchNorm: false,
      information: 0,
    });
  });
  it("fewer steps shorten E's time alone in proportion, and its starts and repairs as far as they fit", () => {
    expect(withOverrides({ steps: 750 })).toMatchObject({ encoderSteps: 300 });
    expect(withOverrides({ steps: 6000 })).toMatchObject({ encoderSteps: 600 });
    const digits = (steps: number) => withOverrides({ steps }, { data: "digits", count: 1438 });
    expect(digits(1800)).toMatchObject({ encoderSteps: 460, starts: 2, startSteps: 160, repairs: 8 });
    // 900 of 1800 steps: E has 230 of 460, in all 550 of 1100; a second start of 160 leaves 160 = 2 repairs of 60
    expect(digits(900)).toMatchObject({ encoderSteps: 230, starts: 2, startSteps: 160, repairs: 2 });
    // 300: E has 76 of 183 in all, startSteps fall to that; another start fits, then no repair
    expect(digits(300)).toMatchObject({ encoderSteps: 76, starts: 2, startSteps: 76, repairs: 0 });
  });
  it("without the information term E has no time alone, no starts and no walks", () => {
    expect(withOverrides({ information: 0 })).toMatchObject({
      encoderSteps: 0,
      starts: 1,
      walk: 0,
      walkLate: 0,
      encoderGanRate: 1,
    });
    expect(() => withOverrides({ information: 0, encoderSteps: 10 })).toThrow(
      expect.objectContaining({
        code: "E_ARGUMENT",
        message: expect.stringMatching(/encoderSteps but received 10.*--information/),
      }),
    );
  });
  it("E's time alone must fit into the steps", () => {
    expect(() => withOverrides({ steps: 100, encoderSteps: 101 })).toThrow(
      /at most the 100 steps for the steps of E alone .* but received 101/,
    );
    expect(() => withOverrides({ steps: 100, encoderSteps: 100, starts: 2, startSteps: 50 })).toThrow(
      /but received 150/,
    );
    expect(() => withOverrides({ encoderSteps: 100, starts: 2, startSteps: 101 })).toThrow(
      /at most the encoderSteps of 100 for startSteps/,
    );
  });
  it("mirrors clothes, never digits", () => {
    expect(resolveConfig(request).augmentation.flip).toBe(false);
    expect(resolveConfig({ ...request, data: "fashion-mnist" }).augmentation.flip).toBe(true);
  });
  it("an override wins and is written into the config", () => {
    expect(withOverrides({ alpha: 3, loss: "rsgan" })).toMatchObject({ alpha: 3, loss: "rsgan" });
  });
  it("a smaller batch takes the adversarial batch along", () => {
    expect(withOverrides({ batch: 32 })).toMatchObject({ batch: 32, ganBatch: 32 });
  });

  it.each([
    ["alpha", -1, /Expected a number from 0 to 1000 for alpha but received -1/],
    ["steps", 1.5, /Expected an integer from 1 to 10000000 for steps but received 1.5/],
    ["sigma", 0.05, /Expected a number from 0.1 to 1 for sigma but received 0.05/],
    ["latentDim", Number.NaN, /latentDim/],
  ])("%s = %s is refused with its range", (field, value, message) => {
    expect(() => withOverrides({ [field]: value })).toThrow(expect.objectContaining({ code: "E_ARGUMENT" }));
    expect(() => withOverrides({ [field]: value })).toThrow(message);
  });
  it.each([
    ["loss", "rsgna", "rsgan"],
    ["pairing", "sof", "soft"],
    ["init", "hypercub", "hypercube"],
  ])("an unknown %s is refused with the nearest", (field, value, nearest) => {
    expect(() => withOverrides({ [field]: value })).toThrow(
      expect.objectContaining({
        code: "E_UNKNOWN_NAME",
        message: expect.stringMatching(new RegExp(`${value}.*${nearest}`)),
      }),
    );
  });
  it("an unknown recipe or setting is refused with the nearest", () => {
    expect(() => resolveConfig({ ...request, recipe: "papre" as never })).toThrow(/papre.*paper/);
    expect(() => withOverrides({ infromation: 1 })).toThrow(/infromation.*information/);
  });
  it("K < 1, K > 2^d and K above the number of images are refused", () => {
    expect(() => resolveConfig({ ...request, clusters: 0 })).toThrow(
      /an integer from 1 to 1024 for clusters but received 0/,
    );
    expect(() => withOverrides({ latentDim: 3 })).toThrow(
      /at most 2\^3 = 8 .* for clusters but received 10.*--latent/,
    );
    expect(() => resolveConfig({ ...request, count: 9 })).toThrow(
      /at most the number of images, 9 for clusters but received 10/,
    );
  });
  it("pictures that are not square, or outside 8 to 128 pixels, are refused", () => {
    const sized = (height: number, width: number) => () =>
      resolveConfig({ ...request, input: { kind: "image", height, width, channels: 1, fit: "cover" } });
    for (const [h, w] of [
      [7, 7],
      [129, 129],
      [28, 32],
    ] as const)
      expect(sized(h, w)).toThrow(
        expect.objectContaining({ code: "E_ARGUMENT", message: expect.stringContaining(`${h}x${w}`) }),
      );
  });
});

describe("resolveConfig for the rivals", () => {
  const of = (model: string, overrides: Record<string, unknown> = {}) =>
    resolveConfig({ ...request, model: model as ModelName, overrides: overrides as Partial<Settings> });

  it("names the models that have an option that this one has not", () => {
    expect(() => of("gmvae", { pairing: "soft" })).toThrow(
      "Expected a setting of the model gmvae for setting but received pairing. It is one of mmgan.",
    );
    expect(() => of("mmgan", { draws: 10 })).toThrow(/a setting of the model mmgan .* received draws.*gmvae/);
    expect(() => of("aae", { r1: 1 })).toThrow(/It is one of mmgan, gmgan, deligan, infogan/);
    expect(() => of("aae", { smaples: 1 })).toThrow(UnknownNameError);
  });

  it("names the nearest model for one that is misspelt", () => {
    expect(() => of("gmvea")).toThrow(/for model but received gmvea. Did you mean gmvae\?/);
  });

  it("refuses a gradient penalty on a critic with batch norm, and says why", () => {
    expect(() => of("clustergan", { criticBatchNorm: true })).toThrow(
      /false with penalty = 10 for criticBatchNorm .* each sample's own score/,
    );
    expect(of("clustergan", { criticBatchNorm: true, penalty: 0 })).toMatchObject({ criticBatchNorm: true });
    for (const model of ["infogan", "deligan", "gmgan"])
      expect(() => of(model, { criticBatchNorm: true, r1: 1 })).toThrow(
        /false with r1 = 1 for criticBatchNorm/,
      );
  });

  it("Bernoulli is for pictures", () => {
    const points = { ...request, input: { kind: "point", dim: 2 } as const, model: "gmvae" as const };
    expect(resolveConfig(points)).toMatchObject({ likelihood: "gaussian" });
    expect(() =>
      resolveConfig({ ...points, overrides: { likelihood: "bernoulli" } as Partial<Settings> }),
    ).toThrow(/gaussian for points/);
  });

  it("holds the fields of the model alone, and walks where the information term is on", () => {
    expect(Object.keys(of("gmvae"))).not.toContain("pairing");
    expect(of("gmvae")).toMatchObject({ information: 0, walk: 0 });
    expect(of("gmvae", { information: 5 })).toMatchObject({ information: 5, walk: 128 });
  });

  it("MMGAN's fields are those of its recipes", () => {
    expect([...fieldsOf("mmgan")].sort()).toEqual(Object.keys(RECIPES.paper).sort());
  });
});

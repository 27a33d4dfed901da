import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createEngine } from "../engines/engine.js";
import { SETUP_RECORD } from "./folder.js";
import { ADDON_FILE, CPU_PACKAGE } from "./packages.js";
import { probeTensorflow } from "./probe.js";
import { fakePackage, writeFiles } from "./testing.js";

const RECORD = JSON.stringify({
  schema: 1,
  package: CPU_PACKAGE,
  packageVersion: "4.22.0",
  tensorflowVersion: "2.21.0",
  wheel: "w",
  wheelSha256: "0",
  addonSha256: "0",
  compiler: "g++",
});
const ADDON = { [`node_modules/${CPU_PACKAGE}/${ADDON_FILE}`]: "not an addon" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mmgan-tensorflow-"));
  vi.stubEnv("MMGAN_TENSORFLOW", folder);
  // The settings that loading makes for the process end with the test.
  for (const name of ["TF_CPP_MIN_LOG_LEVEL", "TF_DETERMINISTIC_OPS"]) vi.stubEnv(name, "1");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const throwing = (message: string) =>
  fakePackage(CPU_PACKAGE, "4.22.0", `throw new Error(${JSON.stringify(message)});`);

it.each<[string, Record<string, string>, RegExp]>([
  [
    "neither package",
    { [SETUP_RECORD]: RECORD },
    /neither @tensorflow\/tfjs-node-gpu nor @tensorflow\/tfjs-node/,
  ],
  ["an unfinished set-up", { ...fakePackage(CPU_PACKAGE), ...ADDON }, /neither .*without setup\.json/],
  [
    "no addon",
    { [SETUP_RECORD]: RECORD, ...fakePackage(CPU_PACKAGE) },
    /has no addon \(lib\/napi-v8\/tfjs_binding\.node\)/,
  ],
  [
    "another tfjs",
    { [SETUP_RECORD]: RECORD, ...fakePackage(CPU_PACKAGE, "3.21.1"), ...ADDON },
    /3\.21\.1 .*not of the version .*4\.22\.0/,
  ],
  [
    "a library missing",
    {
      [SETUP_RECORD]: RECORD,
      ...throwing("libtensorflow.so.2: cannot open shared object file: No such file or directory"),
      ...ADDON,
    },
    /a library .*is missing \(libtensorflow\.so\.2/,
  ],
  [
    "an addon for another TensorFlow",
    { [SETUP_RECORD]: RECORD, ...throwing("x.node: undefined symbol: TFE_Py_Nothing"), ...ADDON },
    /built for another TensorFlow .*TFE_Py_Nothing/,
  ],
  [
    "an addon for another Node",
    {
      [SETUP_RECORD]: RECORD,
      ...throwing(
        "The module 'x'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 72.",
      ),
      ...ADDON,
    },
    /built for another Node/,
  ],
  [
    "an addon that is none: the dynamic linker's own words",
    {
      [SETUP_RECORD]: RECORD,
      ...fakePackage(CPU_PACKAGE, "4.22.0", `require("./${ADDON_FILE}");`),
      ...ADDON,
    },
    /does not load \(.*tfjs_binding\.node.*\)/,
  ],
])("%s: E_ENGINE with the reason and the remedy; the probe says the same", async (_, files, reason) => {
  writeFiles(folder, files);
  await expect(createEngine("tensorflow", {})).rejects.toMatchObject({
    code: "E_ENGINE",
    message: expect.stringMatching(reason),
  });
  const probe = await probeTensorflow();
  expect(probe).toMatchObject({ usable: false, reason: expect.stringMatching(reason) });
  expect(probe.remedy).toMatch(/mmgan setup tensorflow.*--engine onnx/);
});

it("the loader's error is the cause", async () => {
  writeFiles(folder, { [SETUP_RECORD]: RECORD, ...throwing("libx.so: undefined symbol: y"), ...ADDON });
  const error = await createEngine("tensorflow", {}).catch((e) => e);
  expect(error.cause.message).toBe("libx.so: undefined symbol: y");
});

/** `mmgan setup tensorflow`: tfjs-node, TensorFlow's C library and an addon built here between them, in one folder. */

import { existsSync, readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { EngineError, FolderInUseError, PlatformError } from "@mmgan/core";
import { LOCK_FILE, lockFolder, sha256File, writeError, writeFileAtomic } from "@mmgan/node-io";
import { bringWheel } from "../wheels/bring-wheel.js";
import { unpackWheel } from "../wheels/wheel.js";
import type { DownloadOptions } from "../wheels/wheel-index.js";
import { addonPath, buildAddon, tryAddon } from "./addon.js";
import { readSetupRecord, SETUP_RECORD, type SetupRecord, tensorflowFolder } from "./folder.js";
import {
  CPU_PACKAGE,
  GPU_PACKAGE,
  NODE_API_HEADERS_VERSION,
  TENSORFLOW_VERSION,
  type TensorflowPackage,
  TFJS_VERSION,
} from "./packages.js";
import { findCompiler, npmCommand, runProgram } from "./programs.js";
import { mustBeTensorflowWheel, TENSORFLOW_CONTENTS } from "./wheel-contents.js";

export type SetupStage = "npm" | "wheel" | "unpack" | "build" | "try";

export interface SetupOptions extends Pick<DownloadOptions, "signal" | "retryDelayMs"> {
  /** Default false: for the CPU. The GPU's CUDA libraries come from the machine. */
  readonly gpu?: boolean | undefined;
  /** A wheel on disk. Default: from the index. */
  readonly wheel?: string | undefined;
  /** Address of a package index. Default: PIP_INDEX_URL, then pip's config files. */
  readonly index?: string | undefined;
  /** Default 2.21.0; with `wheel`, the wheel's own. */
  readonly tensorflowVersion?: string | undefined;
  /** Default {@link tensorflowFolder}. */
  readonly out?: string | undefined;
  /** For tests: another platform than this machine's, as "linux-x64". */
  readonly platform?: string | undefined;
  readonly onStage?: ((stage: SetupStage) => void) | undefined;
  /** Bytes of the download, or of what is unpacked. */
  readonly onProgress?: ((stage: SetupStage, done: number, total: number | undefined) => void) | undefined;
}

export interface SetupResult extends Omit<SetupRecord, "schema"> {
  readonly folder: string;
  /** "present" when all was there and works. */
  readonly status: "present" | "built";
}

/** Name in the package.json of a set-up folder: how a folder is known as ours. */
const FOLDER_NAME = "mmgan-tensorflow";
/** Packages that load.ts lends from the trainer, and the folders of those that stand for them meanwhile. */
const LENT = { "@tensorflow/tfjs": "lent-tfjs", "@tensorflow/tfjs-core": "lent-tfjs-core" };

/**
 * Makes the engine `tensorflow` work. Each part appears whole or not at all and the record comes last: a set-up that
 * was killed goes on with the next call, and one that is there and works is left as it is.
 *
 * @throws PlatformError elsewhere than on Linux x64, EngineError (no compiler, npm or compiler failed, addon does not
 * work), DataMissingError (no wheel), DataCorruptError, DownloadError, FolderInUseError, DiskFullError, ArgumentError,
 * InterruptedError
 */
export async function setUpTensorflow(options: SetupOptions = {}): Promise<SetupResult> {
  const { gpu = false, signal, onStage, onProgress } = options;
  const name = gpu ? GPU_PACKAGE : CPU_PACKAGE;
  mustBeLinuxX64(options.platform ?? `${process.platform}-${process.arch}`, name);
  const version = options.wheel
    ? mustBeTensorflowWheel(options.wheel).version
    : (options.tensorflowVersion ?? TENSORFLOW_VERSION);
  const folder = resolve(options.out ?? tensorflowFolder(gpu));
  await mustBeOurs(folder);
  const lock = await lockFolder(folder);
  try {
    const present = await presentSetup(folder, name, version, signal);
    if (present) return { ...present, folder, status: "present" };
    const compiler = findCompiler();
    await rm(join(folder, SETUP_RECORD), { force: true });

    onStage?.("npm");
    await installPackages(folder, name, signal);
    onStage?.("wheel");
    const wheel = await bringWheel(gpu ? "tensorflow" : "tensorflow-cpu", version, join(folder, "download"), {
      ...options,
      onProgress: (...at) => onProgress?.("wheel", ...at),
    });
    onStage?.("unpack");
    await unpackWheel(wheel, folder, TENSORFLOW_CONTENTS, {
      signal,
      onProgress: (...at) => onProgress?.("unpack", ...at),
    });
    const wheelSha256 = await sha256File(wheel);
    onStage?.("build");
    await buildAddon(folder, name, compiler, signal);
    onStage?.("try");
    const record: SetupRecord = {
      schema: 1,
      package: name,
      packageVersion: TFJS_VERSION,
      tensorflowVersion: await tryAddon(folder, name, signal),
      wheel: basename(wheel),
      wheelSha256,
      addonSha256: await sha256File(addonPath(folder, name)),
      compiler,
    };
    await writeFileAtomic(join(folder, SETUP_RECORD), `${JSON.stringify(record, null, 2)}\n`);
    await rm(join(folder, "download"), { recursive: true, force: true });
    const { schema: _, ...rest } = record;
    return { ...rest, folder, status: "built" };
  } finally {
    await lock.release();
  }
}

function mustBeLinuxX64(platform: string, name: TensorflowPackage): void {
  if (platform === "linux-x64") return;
  throw new PlatformError(
    `mmgan setup tensorflow builds on Linux x64 alone, and this is ${platform}. ` +
      `Install ${name}@${TFJS_VERSION} with npm, its install script allowed: mmgan finds it in the current folder. ` +
      "--engine onnx, the default, needs nothing.",
  );
}

/** @throws FolderInUseError when the folder holds anything but a set-up, finished or not */
async function mustBeOurs(folder: string): Promise<void> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw writeError(cause, folder);
  });
  if (names.filter((name) => name !== LOCK_FILE && !name.startsWith(".mmgan-")).length === 0) return;
  try {
    const text = readFileSync(join(folder, "package.json"), "utf8");
    if ((JSON.parse(text) as { name?: string }).name === FOLDER_NAME) return;
  } catch {
    // Not ours, then.
  }
  throw new FolderInUseError(
    `Expected an empty or absent folder for the set-up, or an older one, but ${folder} holds other files. Choose another with --out.`,
  );
}

/** The record of a set-up of this package and version whose addon is as it was built, and computes. */
async function presentSetup(
  folder: string,
  name: TensorflowPackage,
  version: string,
  signal: AbortSignal | undefined,
): Promise<Omit<SetupRecord, "schema"> | undefined> {
  const found = readSetupRecord(folder);
  if (found?.package !== name || found.packageVersion !== TFJS_VERSION || found.tensorflowVersion !== version)
    return undefined;
  const addon = addonPath(folder, name);
  if (!existsSync(addon) || (await sha256File(addon)) !== found.addonSha256) return undefined;
  try {
    await tryAddon(folder, name, signal);
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
  const { schema: _, ...record } = found;
  return record;
}

/** tfjs-node and Node's headers, without install scripts, and a stand-in for tfjs: 9 MB where its own copy has 290. */
async function installPackages(
  folder: string,
  name: TensorflowPackage,
  signal: AbortSignal | undefined,
): Promise<void> {
  const manifest = `${JSON.stringify(
    {
      name: FOLDER_NAME,
      private: true,
      dependencies: {
        ...Object.fromEntries(Object.entries(LENT).map(([lent, at]) => [lent, `file:${at}`])),
        [name]: TFJS_VERSION,
        "node-api-headers": NODE_API_HEADERS_VERSION,
      },
    },
    null,
    2,
  )}\n`;
  await writeFileAtomic(join(folder, "package.json"), manifest);
  for (const [lent, at] of Object.entries(LENT)) {
    await writeFileAtomic(
      join(folder, at, "package.json"),
      `${JSON.stringify({ name: lent, version: TFJS_VERSION, main: "index.js" }, null, 2)}\n`,
    );
    await writeFileAtomic(
      join(folder, at, "index.js"),
      `throw new Error("mmgan lends this folder its own ${lent}; load it through mmgan.");\n`,
    );
  }
  const [program, args] = npmCommand([
    ...["install", "--prefix", folder, "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"],
    ...["--no-package-lock", "--install-links=false", "--loglevel=error"],
  ]);
  const { status, output } = await runProgram(program, args, { cwd: folder, signal }).catch((cause) => {
    if (cause?.code !== "ENOENT") throw cause;
    throw new EngineError("npm is not there, and brings tfjs-node. Install it, or put it on PATH.", {
      cause,
    });
  });
  if (status !== 0)
    throw new EngineError(
      `npm could not install ${name}@${TFJS_VERSION} and node-api-headers@${NODE_API_HEADERS_VERSION}: ` +
        `${output.trim().split("\n").slice(0, 3).join(" ")}. Check npm's registry (npm config get registry) and the network.`,
      { cause: new Error(output) },
    );
}

/** For tests: small wheels as zip files, and the packages and programs that a set-up meets, played by small files. */

import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";

export const WHEEL = "tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl";

/** A zip whose entries are stored as they are. */
export function zipOf(entries: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(entries)) {
    const path = Buffer.from(name);
    const data = Buffer.from(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, tail, path]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** What a wheel of TensorFlow holds that set-up needs, and one file that it does not. */
export const WHEEL_FILES = {
  "tensorflow/libtensorflow_framework.so.2": "framework",
  "tensorflow/libtensorflow_cc.so.2": "library",
  "tensorflow/include/tensorflow/c/c_api.h": "// c_api",
  "tensorflow/include/tsl/platform/ctstring.h": "// ctstring",
  "tensorflow/python/large.py": "pass",
};

/** A wheel with its RECORD; `record` replaces texts that it is computed from. */
export function wheelOf(
  files: Readonly<Record<string, string>> = WHEEL_FILES,
  record: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries({ ...files, ...record }).map(
    ([name, text]) =>
      `${name},sha256=${createHash("sha256").update(text).digest("base64url")},${Buffer.byteLength(text)}`,
  );
  return zipOf({ ...files, "tensorflow_cpu-2.21.0.dist-info/RECORD": `${lines.join("\n")}\n` });
}

/** Writes files below `folder`, made as needed. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** A tfjs-node without TensorFlow: tfjs's own cpu backend under the name "tensorflow". */
const PACKAGE_JS = `
const tf = require("@tensorflow/tfjs");
tf.copyRegisteredKernels("cpu", "tensorflow");
tf.registerBackend("tensorflow", () => {
  const backend = tf.findBackendFactory("cpu")();
  backend.binding = { TF_Version: "2.21.0" };
  return backend;
});
tf.setBackend("tensorflow");
`;

/** Files of that package, without an addon. */
export function fakePackage(name: string, version = "4.22.0", script = PACKAGE_JS): Record<string, string> {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version, main: "index.js" }),
    [`node_modules/${name}/index.js`]: script,
  };
}

/**
 * An npm that installs the fake package and the stand-ins, and a compiler that writes to its -o what it was given.
 *
 * @returns values for npm_execpath and CXX
 */
export function fakePrograms(folder: string): { npm: string; compiler: string } {
  const npm = join(folder, "npm.js");
  const compiler = join(folder, "cxx");
  const files = {
    ...fakePackage("@tensorflow/tfjs-node"),
    "node_modules/@tensorflow/tfjs/package.json": JSON.stringify({
      name: "@tensorflow/tfjs",
      main: "index.js",
    }),
    "node_modules/@tensorflow/tfjs/index.js": "throw new Error('not lent');",
    "node_modules/@tensorflow/tfjs-core/package.json": JSON.stringify({ main: "index.js" }),
    "node_modules/@tensorflow/tfjs-core/index.js": "",
  };
  writeFileSync(
    npm,
    `const fs = require("fs"), path = require("path");
for (const [name, text] of Object.entries(${JSON.stringify(files)})) {
  fs.mkdirSync(path.dirname(name), { recursive: true });
  fs.writeFileSync(name, text);
}
fs.appendFileSync(${JSON.stringify(join(folder, "npm.log"))}, process.argv.slice(2).join(" ") + "\\n");
`,
  );
  writeFileSync(
    compiler,
    `#!/bin/sh
echo "$@" >> ${JSON.stringify(join(folder, "cxx.log"))}
while [ $# -gt 1 ]; do [ "$1" = -o ] && echo addon > "$2"; shift; done
`,
  );
  chmodSync(compiler, 0o755);
  return { npm, compiler };
}

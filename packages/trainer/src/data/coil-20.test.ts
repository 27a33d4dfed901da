import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { DataCorruptError } from "@mmgan/core";
import { decodeImage, encodePng } from "@mmgan/node-io";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DATASETS } from "./catalogue.js";
import { coil20Label, coil20Names, readCoil20 } from "./coil-20.js";
import { loadDataset } from "./load.js";
import { findFiles } from "./locate.js";
import { describeWithData } from "./testing.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmgan-coil-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A zip file with its entries stored as they are (method 0), after PKWARE's APPNOTE 4.3. */
function zipOf(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of entries) {
    const fields = Buffer.alloc(26); // from "version needed" to "extra field length", shared by both headers
    fields.writeUInt16LE(10, 0);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(bytes.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    local.push(Buffer.from("PK\x03\x04"), fields, Buffer.from(name), Buffer.from(bytes));
    directory.push(Buffer.from("PK\x01\x02\x0a\0"), fields, tail, Buffer.from(name));
    offset += 30 + name.length + bytes.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(entries.size, 8);
  end.writeUInt16LE(entries.size, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, ...directory, end]);
}

async function sourceOf(name: string, bytes: Uint8Array) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { path, remedy: "Fetch it again" };
}

const dot = () => encodePng({ count: 1, height: 1, width: 1, channels: 1, data: Uint8Array.of(9) });

test("names and labels run over 72 poses of 20 objects", () => {
  const names = coil20Names();
  expect([names.length, names[0], names[71], names[72], names[1439]]).toEqual([
    1440,
    "obj1__0.png",
    "obj1__71.png",
    "obj2__0.png",
    "obj20__71.png",
  ]);
  expect([coil20Label(0), coil20Label(71), coil20Label(72), coil20Label(1439)]).toEqual([0, 0, 1, 19]);
});

test("a zip that lacks a picture is corrupt, and the picture is named", async () => {
  const png = await dot();
  const entries = new Map(coil20Names().map((name) => [`coil-20-proc/${name}`, png]));
  entries.delete("coil-20-proc/obj7__3.png");
  const source = await sourceOf("lacking.zip", zipOf(entries));
  await expect(readCoil20(source)).rejects.toThrow(
    new DataCorruptError(
      `${source.path} fails the content check: picture obj7__3.png is not in it. Fetch it again.`,
    ),
  );
});

test("a zip of other pictures is corrupt", async () => {
  const png = await dot();
  const source = await sourceOf("other.zip", zipOf(new Map(coil20Names().map((name) => [name, png]))));
  await expect(readCoil20(source)).rejects.toThrow(
    /other\.zip fails the SHA-256 check: its pixels have [0-9a-f]{64}/,
  );
});

test.each([
  ["truncated", (zip: Uint8Array) => zip.subarray(0, zip.length - 30)],
  ["not a zip", () => new TextEncoder().encode("<html>not found</html>")],
])("a file that is %s fails the zip check", async (name, damage) => {
  const png = await dot();
  const source = await sourceOf(`${name}.zip`, damage(zipOf(new Map([["obj1__0.png", png]]))));
  const error = await readCoil20(source).catch((cause) => cause);
  expect(error).toBeInstanceOf(DataCorruptError);
  expect(error.message).toMatch(/\.zip fails the zip check: .*\. Fetch it again\.$/);
});

describeWithData("coil-20", "COIL-20", () => {
  test("at 128 pixels all pictures are the published ones", async () => {
    const { count, pixels, labels, image } = await loadDataset("coil-20", {
      split: "all",
      size: 128,
      labels: true,
    });
    expect(count).toBe(1440);
    expect(image).toEqual({ height: 128, width: 128, channels: 1 });
    expect(createHash("sha256").update(pixels!).digest("hex")).toBe(
      "7274cbacb79ea6c57340827c9f9301745a8e9b3173dea4aa828e00b49c42946c",
    );
    expect(pixels!.reduce((sum, value) => sum + value, 0) / pixels!.length).toBeCloseTo(76.8967, 4);
    const histogram = new Array<number>(20).fill(0);
    for (const label of labels!) histogram[label]! += 1;
    expect(histogram).toEqual(new Array(20).fill(72));
  });

  test("by default 32 pixels, four fifths train, one fifth test", async () => {
    const train = await loadDataset("coil-20");
    const held = await loadDataset("coil-20", { split: "test", labels: true });
    expect([train.count, held.count]).toEqual([1152, 288]);
    expect(train.image).toEqual({ height: 32, width: 32, channels: 1 });
    expect(train.pixels!.length).toBe(1152 * 32 * 32);
    expect(train.labels).toBeUndefined();
    // Pictures 4, 9, ..., 69 are object 1: 14 of them; the next, 74, is object 2.
    expect([...held.labels!.subarray(12, 16)]).toEqual([0, 0, 1, 1]);
    expect(held.classNames![1]).toBe("obj2");
  });

  test("the same pictures encoded anew are accepted for their pixels", async () => {
    const found = await findFiles(DATASETS["coil-20"], DATASETS["coil-20"].files);
    const pngs = await readCoil20({ path: found!.paths[0]!, remedy: "Fetch it again" });
    const names = coil20Names();
    const entries = new Map(names.map((name, index) => [`pictures/${name}`, pngs[index]!]));
    const shape = { height: 128, width: 128, channels: 1 } as const;
    const first = { count: 1, ...shape, data: await decodeImage(pngs[0]!, { ...shape, fit: "stretch" }) };
    const encoded = await encodePng(first);
    expect(Buffer.compare(encoded, pngs[0]!)).not.toBe(0);
    entries.set("pictures/obj1__0.png", encoded);
    const anew = await readCoil20(await sourceOf("anew.zip", zipOf(entries)));
    expect(Buffer.compare(anew[0]!, encoded)).toBe(0);
    first.data[5000]! ^= 1;
    entries.set("pictures/obj1__0.png", await encodePng(first));
    await expect(readCoil20(await sourceOf("altered.zip", zipOf(entries)))).rejects.toThrow(
      /altered\.zip fails the SHA-256 check/,
    );
  });

  test("one flipped byte in the zip is noticed", async () => {
    const found = await findFiles(DATASETS["coil-20"], DATASETS["coil-20"].files);
    const zip = await readFile(found!.paths[0]!);
    zip[zip.length >> 1]! ^= 1;
    await expect(readCoil20(await sourceOf("flipped.zip", zip))).rejects.toThrow(DataCorruptError);
  });
});

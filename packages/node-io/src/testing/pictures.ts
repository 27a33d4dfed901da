/** Pictures, archives and folders that tests read. */

import { Buffer } from "node:buffer";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import sharp from "sharp";
import { pack } from "tar-stream";
import { ZipFile } from "yazl";

/** A plain PNG of one grey level. */
export function png(level = 100, width = 4, height = 4): Promise<Buffer> {
  const pixels = new Uint8Array(width * height).fill(level);
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}

/** `bytes`, a PNG, whose header claims other sizes. */
export function claiming(bytes: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(bytes);
  // IHDR: width at byte 16, height at 20, CRC of bytes 12..28 at 29.
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

/** Writes files below `folder`, parents made. */
export function put(folder: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}

/** A zip of files, compressed. */
export async function zipOf(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, bytes] of Object.entries(files)) zip.addBuffer(Buffer.from(bytes), name);
  zip.end();
  return collected(zip.outputStream);
}

export interface TarEntry {
  readonly name: string;
  readonly data?: Uint8Array;
  readonly type?: "file" | "directory" | "symlink" | "fifo";
}

export async function tarOf(entries: readonly TarEntry[], zipped = false): Promise<Buffer> {
  const tar = pack();
  for (const { name, data, type = "file" } of entries)
    if (type === "file") tar.entry({ name }, Buffer.from(data ?? []));
    else tar.entry({ name, type, linkname: type === "symlink" ? "elsewhere" : "" });
  tar.finalize();
  const bytes = await collected(tar as unknown as AsyncIterable<Uint8Array>);
  return zipped ? gzipSync(bytes) : bytes;
}

/** `bytes` with `from` replaced by `to`, as long, wherever it occurs. */
export function patched(bytes: Buffer, from: string | Buffer, to: string | Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const [old, fresh] = [Buffer.from(from as string), Buffer.from(to as string)];
  if (old.length !== fresh.length) throw new Error("a patch keeps the length");
  for (let at = changed.indexOf(old); at >= 0; at = changed.indexOf(old, at + 1)) fresh.copy(changed, at);
  return changed;
}

async function collected(stream: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

/** Pictures that decoders stumble over, by name: those that can be read, and those that cannot. */
export async function oddPictures(): Promise<{ good: Record<string, Buffer>; bad: Record<string, Buffer> }> {
  const plain = await png();
  const flat = (width: number, height: number, background = "red") =>
    sharp({ create: { width, height, channels: 3, background } });
  const jpeg = await flat(64, 48).jpeg().toBuffer();
  const frames = await Promise.all(
    ["red", "green", "blue"].map((colour) => flat(8, 8, colour).png().toBuffer()),
  );
  return {
    good: {
      "plain.png": plain,
      "animated.gif": await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
      "cmyk.jpg": await flat(9, 9).toColourspace("cmyk").jpeg().toBuffer(),
      "16-bit.png": await flat(9, 9).toColourspace("rgb16").png().toBuffer(),
      "1x1.png": await png(3, 1, 1),
      "1x30000.png": await png(3, 1, 30_000),
      "clear.webp": await sharp({
        create: { width: 9, height: 9, channels: 4, background: "transparent" },
      })
        .webp()
        .toBuffer(),
    },
    bad: {
      "cut.jpg": jpeg.subarray(0, jpeg.length - 200),
      "empty.png": Buffer.alloc(0),
      "words.jpg": Buffer.from("not a picture"),
      "bomb.png": claiming(plain, 100_000, 100_000),
    },
  };
}

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ArgumentError, EmptyFolderError } from "@mmgan/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { put } from "../testing/pictures.js";
import { openSource, type Sources } from "./open-source.js";
import type { SourceItem, SourceOptions } from "./source-item.js";

let folder: string;
let home: string;
beforeEach(() => {
  home = process.cwd();
  folder = mkdtempSync(join(tmpdir(), "mmgan-source-"));
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const touch = (...names: string[]) => put(folder, Object.fromEntries(names.map((name) => [name, "x"])));
const itemsOf = async (sources: Sources, options?: SourceOptions): Promise<SourceItem[]> => {
  const items: SourceItem[] = [];
  for await (const item of openSource(sources, options)) items.push(item);
  return items;
};
/** Paths, those of errors with their code. */
const pathsOf = async (sources: Sources, options?: SourceOptions): Promise<string[]> =>
  (await itemsOf(sources, options)).map((item) =>
    "error" in item ? `${item.path} ${item.error.code}` : item.path,
  );
const onlyPosix = test.skipIf(process.platform === "win32");

describe("a folder", () => {
  test("natural order, sub-folders in their place, endings in any case; hidden names counted and left out", async () => {
    touch("10.png", "9.PNG", "a.JPeG", "b.txt", ".hidden.png", ".git/x.png", "b.webp", "5/2.gif", "5/01.tif");
    const source = openSource(folder);
    const paths: string[] = [];
    for await (const item of source) paths.push(item.path);
    expect(paths).toEqual(["5/01.tif", "5/2.gif", "9.PNG", "10.png", "a.JPeG", "b.webp"]);
    expect(source.leftOut).toEqual({ hidden: 2, links: 0 });
    expect(source.root).toBe(folder);
    expect(await pathsOf(folder, { recursive: false })).toEqual(["9.PNG", "10.png", "a.JPeG", "b.webp"]);
  });

  test("an item says where the file lies, how large it is and when it was changed", async () => {
    touch("sub/a.png");
    const file = join(folder, "sub/a.png");
    expect(await itemsOf(folder)).toEqual([
      { path: "sub/a.png", file, size: 1, mtimeMs: statSync(file).mtimeMs },
    ]);
  });

  test("SVG where asked for alone; pictures that cannot be decoded are listed, so that they are reported", async () => {
    touch("a.svg", "b.heic", "c.bmp");
    expect(await pathsOf(folder)).toEqual(["b.heic", "c.bmp"]);
    expect(await pathsOf(folder, { svg: true })).toEqual(["a.svg", "b.heic", "c.bmp"]);
  });

  test("counting gives as many as reading, with errors, and can be done again", async () => {
    touch("1.png", "2.png", "sub/3.png", "sub/deep/4.png", "x.png/5.png", ".6.png", "7.txt");
    const source = openSource(folder);
    expect(await source.count()).toBe(5);
    for (const _ of [1, 2]) {
      let read = 0;
      for await (const _item of source) read++;
      expect(read).toBe(5);
    }
    expect(source.leftOut.hidden).toBe(1);
  });

  test("without a picture it is an EmptyFolderError, which says what was left out", async () => {
    touch("notes.txt", "real/a.png");
    mkdirSync(join(folder, "empty"));
    const empty = await itemsOf(join(folder, "empty")).catch((e) => e);
    expect(empty).toBeInstanceOf(EmptyFolderError);
    expect(empty.message).toContain("but found none. Put pictures there (.png, .jpg");
    mkdirSync(join(folder, "linked"));
    symlinkSync(join(folder, "real/a.png"), join(folder, "linked/a.png"));
    await expect(itemsOf(join(folder, "linked"))).rejects.toThrow(
      "1 symbolic link was left out: follow links.",
    );
    expect(await pathsOf(join(folder, "linked"), { followLinks: true })).toEqual(["a.png"]);
  });

  test("no folder is an ArgumentError", () => {
    expect(() => openSource(join(folder, "none"))).toThrow(ArgumentError);
    expect(() => openSource(join(folder, "none"))).toThrow(
      `${join(folder, "none")}: the file does not exist`,
    );
  });
});

describe("links", () => {
  onlyPosix("are left out, or followed: to files, folders, nowhere, in a circle", async () => {
    touch("real/1.png", "other/2.png");
    symlinkSync("real/1.png", join(folder, "link.png"));
    symlinkSync("nowhere.png", join(folder, "broken.png"));
    symlinkSync("self.png", join(folder, "self.png"));
    symlinkSync("..", join(folder, "real/up"));
    symlinkSync("../other", join(folder, "real/side"));
    const source = openSource(folder);
    const paths: string[] = [];
    for await (const { path } of source) paths.push(path);
    expect(paths).toEqual(["other/2.png", "real/1.png"]);
    expect(source.leftOut.links).toBe(5);
    expect(await pathsOf(folder, { followLinks: true })).toEqual([
      "broken.png E_FILE_MISSING",
      "link.png",
      "other/2.png",
      "real/1.png",
      // real/side is the folder "other", which was walked already.
      "real/up E_LINK_LOOP",
      "self.png E_LINK_LOOP",
    ]);
    expect(await openSource(folder, { followLinks: true }).count()).toBe(6);
  });

  onlyPosix("what is given itself is followed", async () => {
    touch("real/1.png");
    symlinkSync("real", join(folder, "link"));
    expect(await pathsOf(join(folder, "link"))).toEqual(["1.png"]);
    symlinkSync("real/1.png", join(folder, "one.png"));
    expect(await pathsOf([join(folder, "one.png")])).toEqual([join(folder, "one.png")]);
  });

  onlyPosix("forks of links do not multiply a folder", async () => {
    // Each folder links twice to the next: 2^20 ways to the last.
    for (let i = 0; i < 20; i++) {
      mkdirSync(join(folder, `${i}`), { recursive: true });
      for (const name of ["x", "y"]) symlinkSync(`../${i + 1}`, join(folder, `${i}`, name));
    }
    touch("20/a.png");
    expect(await pathsOf(folder, { followLinks: true })).toEqual([
      "0/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/a.png",
    ]);
  });
});

describe("what is no file, or cannot be reached", () => {
  onlyPosix(
    "a folder with a picture's ending is walked; a pipe and a socket are errors, and hold nothing up",
    async () => {
      touch("x.png/inside.png");
      execFileSync("mkfifo", [join(folder, "pipe.png"), join(folder, "pipe")]);
      const server = createServer();
      await new Promise<void>((listening) => server.listen(join(folder, "socket.png"), listening));
      try {
        const items = await itemsOf(folder);
        expect(items.map((item) => [item.path, "error" in item && item.error])).toEqual([
          ["pipe.png", { code: "E_FILE_KIND", reason: "it is not a file: it is a pipe (FIFO)" }],
          ["socket.png", { code: "E_FILE_KIND", reason: "it is not a file: it is a socket" }],
          ["x.png/inside.png", false],
        ]);
      } finally {
        server.close();
      }
    },
  );

  test.skipIf(process.platform !== "linux")(
    "names that are no UTF-8 are shown with \\xNN; U+FFFD itself is a name",
    async () => {
      for (const name of [
        Buffer.from("caf\xe9.png", "latin1"),
        Buffer.from("\xff", "latin1"),
        Buffer.from("\xfe.txt", "latin1"),
      ])
        if (name.length > 1) writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), "x");
        else mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), name]));
      touch("\ufffd.png", "é 😀.png");
      const items = await itemsOf(folder);
      expect(items.map((item) => [item.path, "error" in item && item.error])).toEqual([
        ["\\xff", { code: "E_FILE_NAME", reason: "its name cannot be used: it is no UTF-8" }],
        ["caf\\xe9.png", { code: "E_FILE_NAME", reason: "its name cannot be used: it is no UTF-8" }],
        ["é 😀.png", false],
        ["\ufffd.png", false],
      ]);
      expect(await openSource(folder).count()).toBe(4);
    },
  );

  test.skipIf(process.platform === "win32")(
    "a folder without permission is one error; the others are walked",
    async () => {
      touch("closed/a.png", "open/b.png");
      chmodSync(folder, 0o755);
      chmodSync(join(folder, "closed"), 0);
      const asNobody = process.getuid?.() === 0;
      if (asNobody) process.seteuid!(65534);
      try {
        expect(await pathsOf(folder)).toEqual(["closed E_FILE_PERMISSION", "open/b.png"]);
      } finally {
        if (asNobody) process.seteuid!(0);
        chmodSync(join(folder, "closed"), 0o755);
      }
    },
  );

  onlyPosix("names with spaces, quotes, commas, newlines and leading signs are names", async () => {
    const names = ['"quoted".png', " a.png", "'.png", "-x.png", "=cmd.png", "a,b.png", "line\nbreak.png"];
    touch(...names);
    expect((await pathsOf(folder)).sort()).toEqual([...names].sort());
  });

  onlyPosix("a path of more than 255 bytes is read; one longer than the system's is an error", async () => {
    const long = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(200)).join("/");
    touch(`${long}/a.png`);
    expect(await pathsOf(folder)).toEqual([`${long}/a.png`]);
    // A chain of folders that only relative steps can make.
    process.chdir(join(folder, long));
    for (let i = 0; i < 25; i++) {
      mkdirSync("d".repeat(200));
      process.chdir("d".repeat(200));
    }
    writeFileSync("b.png", "x");
    process.chdir(home);
    const paths = await pathsOf(folder);
    expect(paths).toHaveLength(2);
    expect(paths.find((path) => path.endsWith("E_FILE_NAME"))).toMatch(/^0{200}\/.*d{200} E_FILE_NAME$/);
    expect(await pathsOf(["a".repeat(300), "gone.png"])).toEqual([
      `${"a".repeat(300)} E_FILE_NAME`,
      "gone.png E_FILE_MISSING",
    ]);
    execFileSync("rm", ["-rf", join(folder, "0".repeat(200))]);
  });
});

describe("several sources", () => {
  beforeEach(() => {
    touch("photos/a.png", "photos/sub/b.png", "scans/a.png", "one.dat", "notes.txt");
    process.chdir(folder);
  });

  test("paths as given, with what was found: unique, and open from the working folder", async () => {
    const source = openSource(["photos", "./scans/", "one.dat"]);
    expect(resolve(source.root)).toBe(process.cwd());
    expect(await source.count()).toBe(4);
    const paths = await pathsOf(["photos", "./scans/", "one.dat"]);
    expect(paths).toEqual(["photos/a.png", "photos/sub/b.png", "scans/a.png", "one.dat"]);
    for (const path of paths) expect(statSync(path).isFile()).toBe(true);
    const absolute = join(process.cwd(), "scans");
    expect(await pathsOf(["photos", absolute])).toEqual([
      "photos/a.png",
      "photos/sub/b.png",
      `${absolute}/a.png`,
    ]);
  });

  test("a file reached twice counts where it comes first", async () => {
    expect(await pathsOf(["photos/sub", "photos", "photos/a.png", "photos/a.png", "photos"])).toEqual([
      "photos/sub/b.png",
      "photos/a.png",
    ]);
    expect(await pathsOf(["photos/a.png", "./photos/a.png", "photos/*", "photos/**"])).toEqual([
      "photos/a.png",
      "photos/sub/b.png",
    ]);
    // Not what the first walk leaves out.
    touch("photos/.trash/c.png");
    expect(await pathsOf(["photos", "photos/.trash"])).toEqual([
      "photos/a.png",
      "photos/sub/b.png",
      "photos/.trash/c.png",
    ]);
    expect(await pathsOf(["photos", "photos/sub"], { recursive: false })).toEqual([
      "photos/a.png",
      "photos/sub/b.png",
    ]);
  });

  test("one that is gone is an error of its own; none at all is no item", async () => {
    expect(await pathsOf(["gone.png", "scans"])).toEqual(["gone.png E_FILE_MISSING", "scans/a.png"]);
    expect(await pathsOf([])).toEqual([]);
  });

  test("a file by itself, whatever its ending", async () => {
    expect(await pathsOf("one.dat")).toEqual(["one.dat"]);
  });
});

describe("patterns", () => {
  beforeEach(() => {
    touch("2019/a.png", "2020/a1.png", "2020/a10.png", "2020/a2.jpg", "2020/b.png", "2020/deep/er/a3.png");
    touch("[1].png", "2021/.hidden.png", "2021/text.txt");
    process.chdir(folder);
  });

  test.each([
    ["2020/*.png", ["2020/a1.png", "2020/a10.png", "2020/b.png"]],
    ["20*/a*.{png,jpg}", ["2019/a.png", "2020/a1.png", "2020/a2.jpg", "2020/a10.png"]],
    ["2020/**/a*.png", ["2020/a1.png", "2020/a10.png", "2020/deep/er/a3.png"]],
    ["**/er/*", ["2020/deep/er/a3.png"]],
    ["{2019,2020/deep/er}/*.png", ["2019/a.png", "2020/deep/er/a3.png"]],
    ["202[01]/?.png", ["2020/b.png"]],
    // A file of that very name comes before what the pattern means.
    ["[1].png", ["[1].png"]],
  ])("%s", async (pattern, wanted) => {
    expect(await pathsOf(pattern)).toEqual(wanted);
  });

  test("folders that cannot lead to a match are not entered", async () => {
    mkdirSync("closed");
    chmodSync("closed", 0);
    const asNobody = process.getuid?.() === 0;
    chmodSync(".", 0o755);
    if (asNobody) process.seteuid!(65534);
    try {
      expect(await pathsOf("2020/*.jpg")).toEqual(["2020/a2.jpg"]);
      expect(await pathsOf("20*/*.jpg")).toEqual(["2020/a2.jpg"]);
      expect(await pathsOf("*/*.jpg")).toEqual(["2020/a2.jpg", "closed E_FILE_PERMISSION"]);
    } finally {
      if (asNobody) process.seteuid!(0);
    }
  });

  test("no match is an EmptyFolderError", async () => {
    for (const pattern of ["*.gif", "nowhere/*.png"])
      await expect(pathsOf(pattern)).rejects.toThrow(EmptyFolderError);
  });
});

describe("a list", () => {
  async function* pieces(...parts: (string | Uint8Array)[]) {
    yield* parts;
  }
  beforeEach(() => {
    touch("a.png", "b c.jpg", "x\n.png", "sub/d.png");
    process.chdir(folder);
  });

  test("one path a line, in pieces of any length, with or without carriage returns; each file once", async () => {
    const text = "a.png\r\n\nb c.jpg\nnone.png\n./a.png\nsub\nsub/d.png";
    const wanted = ["a.png", "b c.jpg", "none.png E_FILE_MISSING", "sub E_FILE_KIND", "sub/d.png"];
    for (const length of [1, 3, 1000]) {
      const parts = Array.from({ length: Math.ceil(text.length / length) }, (_, i) =>
        text.slice(i * length, (i + 1) * length),
      );
      expect(await pathsOf(pieces(...parts))).toEqual(wanted);
    }
    expect(await openSource(pieces(text)).count()).toBeNull();
  });

  onlyPosix("NUL where there is one: names may then hold newlines", async () => {
    expect(await pathsOf(pieces("x\n.png\0", "a.png\0"))).toEqual(["x\n.png", "a.png"]);
  });

  test("an empty list is no item", async () => {
    expect(await pathsOf(pieces())).toEqual([]);
    expect(await pathsOf(pieces("", "\n\n"))).toEqual([]);
  });

  test("what is no UTF-8, or endless, is an error, and the list goes on", async () => {
    const bad = Buffer.concat([
      Buffer.from("caf\xe9.png\n", "latin1"),
      Buffer.alloc(100_000, "y"),
      Buffer.from("\na.png\n"),
    ]);
    const parts = Array.from({ length: 30 }, (_, i) => bad.subarray(i * 4000, (i + 1) * 4000));
    for (const list of [pieces(bad), pieces(...parts)])
      expect(await pathsOf(list)).toEqual([
        "caf\\xe9.png E_FILE_NAME",
        `${"y".repeat(100)}... E_FILE_NAME`,
        "a.png",
      ]);
  });
});

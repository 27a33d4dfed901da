import { describe, expect, it } from "vitest";
import { parseSeeds } from "../options.js";
import { commonWords, share } from "./train-seeds.js";

describe("--seeds", () => {
  it("takes a range or a list", () => {
    expect(parseSeeds("1..3")).toEqual([1, 2, 3]);
    expect(parseSeeds("7..7")).toEqual([7]);
    expect(parseSeeds("0,4294967295,7")).toEqual([0, 4294967295, 7]);
  });

  it("refuses anything else, naming it", () => {
    for (const text of ["", "3..1", "1..", "1...3", "1,1", "-1", "1.5", "0..1000", "4294967296", "a", "1, 2"])
      expect(() => parseSeeds(text), text).toThrow(/for --seeds but received/);
  });
});

describe("commonWords", () => {
  it("leaves out what every run gets anew, in both spellings", () => {
    const words =
      "--data digits --seeds 1..3 --out=x --clusters 3 --jobs=2 --threads 1 --json --set walk=0 --resume";
    expect(commonWords(words.split(" "))).toEqual(["--data", "digits", "--clusters", "3", "--set", "walk=0"]);
  });

  it("a value that looks like an option stays where its option stays", () => {
    expect(commonWords(["--data", "seeds", "--seed", "--out"])).toEqual(["--data", "seeds"]);
  });
});

describe("share", () => {
  it("uses every core and none twice, unless told otherwise", () => {
    expect(share(3, 2, {})).toEqual({ jobs: 2, threads: 1 });
    expect(share(3, 64, {})).toEqual({ jobs: 3, threads: 21 });
    expect(share(1, 8, {})).toEqual({ jobs: 1, threads: 8 });
    expect(share(8, 8, { jobs: 2 })).toEqual({ jobs: 2, threads: 4 });
    expect(share(4, 1, { jobs: 4 })).toEqual({ jobs: 4, threads: 1 });
    expect(share(4, 8, { jobs: 4, threads: 3 })).toEqual({ jobs: 4, threads: 3 });
  });
});

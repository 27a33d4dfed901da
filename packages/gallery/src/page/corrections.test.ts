/** Corrections without a page: five pictures in three clusters. */

import { beforeEach, describe, expect, it } from "vitest";
import { Corrections } from "./corrections.js";

const CLUSTERS = [0, 0, 1, 1, 2];
const PATHS = ["a.png", "b/ä.png", "c.png", 'd,\n".png', "e.png"];

let corrections: Corrections;
const make = (): Corrections =>
  new Corrections({
    clusters: 3,
    pictures: 5,
    clusterOf: (picture) => CLUSTERS[picture]!,
    nameOf: (cluster) => (cluster === 1 ? "cups" : null),
    pathOf: (picture) => PATHS[picture]!,
    pictureOf: (path) => {
      const found = PATHS.indexOf(path);
      return found < 0 ? undefined : found;
    },
  });
beforeEach(() => {
  corrections = make();
});

describe("moves", () => {
  it("are counted once a picture, and taken back by moving home", () => {
    expect(corrections.move([0, 1, 4], 2)).toBe(2);
    expect(corrections.clusterOf(0)).toBe(2);
    expect(corrections.count).toBe(2);
    expect(corrections.move([0], 1)).toBe(1);
    expect(corrections.count).toBe(2);
    corrections.move([0, 1], 0);
    expect(corrections.count).toBe(0);
  });

  it("undo as one step, to where each picture was", () => {
    corrections.move([0], 1);
    corrections.move([0, 2], 2);
    corrections.undo();
    expect([corrections.clusterOf(0), corrections.clusterOf(2)]).toEqual([1, 1]);
    corrections.undo();
    expect(corrections.clusterOf(0)).toBe(0);
    expect(corrections.canUndo).toBe(false);
  });

  it("into the cluster that a picture is in are no step", () => {
    expect(corrections.move([0], 0)).toBe(0);
    expect(corrections.canUndo).toBe(false);
  });
});

describe("names", () => {
  it("stand over those of the results, which take them back", () => {
    corrections.rename(1, "bowls");
    expect(corrections.nameOf(1)).toBe("bowls");
    corrections.rename(1, "cups");
    expect(corrections.count).toBe(0);
    corrections.undo();
    expect(corrections.nameOf(1)).toBe("bowls");
    corrections.undo();
    expect(corrections.nameOf(1)).toBe("cups");
  });
});

describe("the file", () => {
  it("lists names and moves by number, whatever the order they were made in", () => {
    corrections.move([4], 0);
    corrections.rename(2, "plates");
    corrections.move([1], 1);
    corrections.rename(0, "forks");
    expect(corrections.file()).toEqual({
      schema: "1.0.0",
      names: { "0": "forks", "2": "plates" },
      moves: [
        { path: "b/ä.png", cluster: 1 },
        { path: "e.png", cluster: 0 },
      ],
    });
  });

  it("is taken up again, undone step by step", () => {
    corrections.move([3], 0);
    corrections.rename(0, "forks");
    const other = make();
    expect(other.load(JSON.parse(JSON.stringify(corrections.file())))).toEqual({ taken: 2, unknown: 0 });
    expect(other.file()).toEqual(corrections.file());
    other.undo();
    other.undo();
    expect(other.count).toBe(0);
  });

  it("of another gallery is taken as far as it speaks of this one", () => {
    const file = {
      schema: "1.3.0",
      names: { "2": "plates", "3": "none" },
      moves: [
        { path: "gone.png", cluster: 0 },
        { path: "a.png", cluster: 7 },
        { path: "a.png", cluster: 1 },
      ],
    };
    expect(corrections.load(file)).toEqual({ taken: 2, unknown: 3 });
    expect(corrections.file()).toEqual({
      schema: "1.0.0",
      names: { "2": "plates" },
      moves: [{ path: "a.png", cluster: 1 }],
    });
  });

  it.each([
    [null, "no corrections file"],
    [[], "no corrections file"],
    [{ schema: "2.0.0", names: {}, moves: [] }, "no corrections file"],
    [{ schema: "1.0.0", names: { 0: 1 } }, "damaged"],
    [{ schema: "1.0.0", moves: [{ path: "a.png" }] }, "damaged"],
    [{ schema: "1.0.0", moves: [{ path: "a.png", cluster: 0.5 }] }, "damaged"],
  ])("%j is refused, and changes nothing", (value, message) => {
    expect(() => corrections.load(value)).toThrow(message);
    expect(corrections.count).toBe(0);
  });
});

describe("what is unsaved", () => {
  it("is what the saved file lacks, or has too much", () => {
    corrections.move([0, 1], 2);
    expect(corrections.unsaved).toBe(2);
    corrections.markSaved();
    expect(corrections.unsaved).toBe(0);
    corrections.undo();
    expect([corrections.count, corrections.unsaved]).toEqual([0, 2]);
    corrections.rename(0, "forks");
    expect(corrections.unsaved).toBe(3);
  });

  it("comes back from what the browser keeps, saved or not", () => {
    corrections.move([0], 2);
    corrections.markSaved();
    corrections.move([1], 2);
    corrections.rename(1, "bowls");
    const other = make();
    other.restore(JSON.parse(JSON.stringify(corrections.toStored())));
    expect(other.file()).toEqual(corrections.file());
    expect(other.unsaved).toBe(2);
    expect(other.canUndo).toBe(false);
  });

  it("vanishes with what the results hold by now", () => {
    const applied = { schema: "1.0.0", names: { "1": "cups" }, moves: [{ path: "c.png", cluster: 1 }] };
    corrections.restore({ current: applied, saved: applied });
    expect([corrections.count, corrections.unsaved]).toEqual([0, 0]);
  });
});

it("tells those who listen of every change", () => {
  let changes = 0;
  corrections.onChange(() => changes++);
  corrections.move([0], 1);
  corrections.rename(0, "forks");
  corrections.undo();
  corrections.markSaved();
  corrections.revert({ pictures: [0] });
  expect(changes).toBe(5);
});

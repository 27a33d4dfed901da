import { describe, expect, it } from "vitest";
import { WriteBehind } from "./write-behind.js";

/** A promise and what settles it. */
function held() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe("WriteBehind", () => {
  it("writes one after the other, in order, whichever takes longest", async () => {
    const log: string[] = [];
    const writes = new WriteBehind();
    const slow = held();
    writes.add(async () => {
      log.push("first begins");
      await slow.promise;
      log.push("first ends");
    });
    writes.add(async () => {
      log.push("second");
    });
    await writes.turn();
    expect(log).toEqual(["first begins"]);
    slow.resolve();
    await writes.done();
    expect(log).toEqual(["first begins", "first ends", "second"]);
  });

  it("a turn ends though a write does not", async () => {
    const writes = new WriteBehind();
    const never = held();
    writes.add(() => never.promise);
    for (let i = 0; i < 4; i++) await writes.turn();
    never.resolve();
    await writes.done();
  });

  it("a failed write is told at the next turn, and nothing after it is written", async () => {
    const writes = new WriteBehind();
    let later = false;
    writes.add(() => Promise.reject(new Error("full")));
    writes.add(async () => {
      later = true;
    });
    await writes.settle();
    expect(later).toBe(false);
    await expect(writes.turn()).rejects.toThrow("full");
    await expect(writes.done()).rejects.toThrow("full");
  });

  it("settle waits for what is being written, and throws nothing", async () => {
    const writes = new WriteBehind();
    let written = 0;
    writes.add(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      written++;
      writes.add(async () => {
        written++;
      });
    });
    writes.add(() => Promise.reject(new Error("full")));
    await writes.settle();
    expect(written).toBe(1 + 0);
  });
});

import { describe, expect, it } from "vitest";
import { RingReader, RingWriter, ringMemory } from "./shared-ring.js";

/** Both ends in one thread: a writer that finds its slot empty does not wait. */
function ring(slots: number, slotLength = 2) {
  const memory = ringMemory(slots, slotLength);
  return { memory, reader: new RingReader(memory), writer: new RingWriter(memory) };
}

describe("a shared ring", () => {
  it("gives items in their order, each slot used again once it is released", () => {
    const { reader, writer } = ring(2);
    const seen: number[][] = [];
    for (let n = 0; n < 7; n++) {
      writer.claim(n)!.set([n, n + 0.5]);
      writer.publish(n);
      if (n === 0) continue; // the writer stays one ahead
      seen.push([...reader.take(n - 1)!]);
      reader.release(n - 1);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5].map((n) => [n, n + 0.5]));
  });

  it("slots do not overlap", () => {
    const { reader, writer } = ring(3, 4);
    for (let n = 0; n < 3; n++) {
      writer.claim(n)!.fill(n + 1);
      writer.publish(n);
    }
    for (let n = 0; n < 3; n++) expect([...reader.take(n)!]).toEqual([n + 1, n + 1, n + 1, n + 1]);
  });

  it("tells the writer to send a message just when the reader found nothing", () => {
    const { reader, writer } = ring(2);
    writer.claim(0);
    expect(writer.publish(0)).toBe(false);
    expect(reader.take(0)).toBeDefined();
    expect(reader.take(1)).toBeUndefined();
    writer.claim(1);
    expect(writer.publish(1)).toBe(true);
    reader.release(0);
    writer.claim(2);
    expect(writer.publish(2)).toBe(false);
  });

  it("an item that failed is never there", () => {
    const { reader, writer } = ring(1);
    writer.claim(0);
    writer.fail(0);
    expect(reader.take(0)).toBeUndefined();
  });

  it("a reader that stops ends the writer, even where its slot is full", () => {
    const { reader, writer } = ring(1);
    writer.claim(0);
    writer.publish(0);
    reader.stop();
    expect(writer.claim(1)).toBeUndefined();
  });
});

import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { progressLine, Rate, startProgress } from "./progress.js";

const clock = () => {
  let ms = 0;
  return { now: () => ms, tick: (seconds: number) => (ms += seconds * 1000) };
};

function fakeStream() {
  const written: string[] = [];
  const stream = { isTTY: false, write: (text: string) => written.push(text) > 0 };
  return { written, stream: stream as unknown as NodeJS.WriteStream };
}

it("counts a resumed run from where it started", () => {
  const { now, tick } = clock();
  const rate = new Rate(100, now);
  tick(10);
  // (150 - 100) steps / 10 s; (200 - 150) steps left / 5 per second
  expect(rate.at(150, 200)).toEqual({ elapsed: 10, perSecond: 50 / 10, left: 50 / 5 });
});

it("forgets how fast it was more than fifteen seconds ago", () => {
  const { now, tick } = clock();
  const rate = new Rate(0, now);
  tick(10);
  rate.at(1000, 2000);
  tick(20);
  rate.at(1020, 2000);
  tick(20);
  // Since 20 seconds ago: 1040 - 1020
  expect(rate.at(1040, 2000).perSecond).toBe((1040 - 1020) / 20);
});

it("knows no time left before the first step or without a total", () => {
  const { now, tick } = clock();
  const rate = new Rate(0, now);
  expect(rate.at(0, 10).left).toBeNaN();
  tick(1);
  expect(rate.at(3, 0).left).toBeNaN();
});

it("writes one plain line with count, rate, time left and note", () => {
  const line = progressLine(
    { label: "training", unit: "steps" },
    30,
    90,
    { perSecond: 2.5, left: 24 },
    "loss 0.5",
  );
  expect(line).toBe("training 30/90 steps, 2.50/s, 24 s left, loss 0.5");
});

it("prints a plain line at most every five seconds, and the last state at the end", () => {
  const { now, tick } = clock();
  const { written, stream } = fakeStream();
  const progress = startProgress({ label: "work", unit: "items", total: 20, stream, now });
  for (let done = 1; done <= 12; done++) {
    tick(1);
    progress.update(done);
  }
  progress.stop();
  progress.update(13);
  progress.stop();
  // Seconds 1, 6 and 11, then the end at 12.
  expect(written.map((line) => line.split(",")[0])).toEqual([
    "work 1/20 items",
    "work 6/20 items",
    "work 11/20 items",
    "work 12/20 items",
  ]);
});

it("says nothing of work done within a second", () => {
  const { now, tick } = clock();
  const { written, stream } = fakeStream();
  const progress = startProgress({ label: "work", unit: "items", total: 2, stream, now });
  tick(0.4);
  progress.update(1);
  tick(0.4);
  progress.update(2);
  progress.stop();
  expect(written).toEqual([]);
});

it("passes lines of others on", () => {
  const { written, stream } = fakeStream();
  startProgress({ label: "work", unit: "items", stream }).log("warning");
  expect(written).toEqual(["warning\n"]);
});

it("draws a bar with count, rate and note on a terminal, and prints lines above it", () => {
  const { now, tick } = clock();
  const written: string[] = [];
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 200,
  }) as unknown as NodeJS.WriteStream;
  stream.on("data", (text: Buffer) => written.push(text.toString()));
  const progress = startProgress({ label: "training", unit: "steps", total: 20, stream, now });
  tick(2);
  progress.update(5, "loss 0.5");
  progress.log("a warning");
  progress.stop();
  const text = written.join("");
  // 5 steps in 2 seconds, (20 - 5) / 2.5 seconds left
  expect(text).toContain("5/20 steps 2.50/s 6 s left loss 0.5");
  expect(text).toContain("\r\u001b[Ka warning\n");
});

import { InterruptedError } from "@mmgan/core";
import { expect, it } from "vitest";
import type { Contender } from "./contender.js";
import { timeInRounds } from "./rounds.js";

/** A contender that takes 100 ms a run, and notes who ran how often. */
function fake(log: string[]): Pick<Contender, "ask"> {
  return {
    ask: async <T>(command: { do: string } & Record<string, unknown>) => {
      log.push(`${command.variant} ${command.runs}`);
      return { ms: Array(command.runs as number).fill(100), peakBytes: log.length } as T;
    },
  };
}
const entriesOf = (contender: Pick<Contender, "ask">) =>
  ["a", "b"].map((variant) => ({ name: `entry ${variant}`, contender, variant }));
const live = new AbortController().signal;

it("takes turns, and keeps every time and the highest memory", async () => {
  const log: string[] = [];
  const found = await timeInRounds(entriesOf(fake(log)), 10, live);
  expect(log).toEqual(Array(5).fill(["a 2", "b 2"]).flat());
  expect(found.get("entry a")).toEqual({ ms: Array(10).fill(100), peakBytes: 9 });
});

it("fills a second a round when nothing is said", async () => {
  const log: string[] = [];
  await timeInRounds(entriesOf(fake(log)), undefined, live);
  // One run to see how long it takes, then 1000 ms / 100 ms.
  expect(log.slice(0, 4)).toEqual(["a 1", "a 10", "b 1", "b 10"]);
  expect(log.slice(4)).toEqual(Array(4).fill(["a 10", "b 10"]).flat());
});

it("stops between two turns", async () => {
  const stopped = AbortSignal.abort();
  await expect(timeInRounds(entriesOf(fake([])), 1, stopped)).rejects.toBeInstanceOf(InterruptedError);
});

import { describe, expect, it } from "vitest";
import { runProcesses, STOP } from "./process-queue.js";

const script = (name: string, code: string) => ({ name, args: ["-e", code] });
const never = new AbortController().signal;

describe("runProcesses", () => {
  it("gives what each said and how it ended, in order, whatever becomes of the others", async () => {
    const queue = [
      script("slow", `setTimeout(() => console.log("late"), 2000)`),
      script("bad", `console.error("wrong"); process.exit(3)`),
      script("killed", `process.kill(process.pid, "SIGKILL")`),
    ];
    const ended: string[] = [];
    const ends = await runProcesses(queue, {
      ...{ parallel: 3, signal: never },
      onEnd: ({ name }) => ended.push(name),
    });
    expect(ends).toEqual([
      { name: "slow", code: 0, signal: null, stdout: "late\n", stderr: "" },
      { name: "bad", code: 3, signal: null, stdout: "", stderr: "wrong\n" },
      { name: "killed", code: null, signal: "SIGKILL", stdout: "", stderr: "" },
    ]);
    expect(ended.at(-1)).toBe("slow");
  });

  it("runs no more at a time than asked for", async () => {
    let now = 0;
    let most = 0;
    const code = `process.send("on"); setTimeout(() => process.disconnect(), 1000)`;
    await runProcesses(
      ["a", "b", "c", "d", "e"].map((name) => script(name, code)),
      {
        ...{ parallel: 2, signal: never },
        onMessage: () => {
          most = Math.max(most, ++now);
        },
        onEnd: () => {
          now--;
        },
      },
    );
    expect(most).toBe(2);
  });

  it("on an abort asks those running to stop, once each, and starts no other", async () => {
    const stop = new AbortController();
    const code = `process.on("message", (m) => { console.log(m); process.exitCode = 130; process.disconnect(); }); process.send("on")`;
    let on = 0;
    const ends = await runProcesses(
      ["a", "b", "c"].map((name) => script(name, code)),
      { parallel: 2, signal: stop.signal, onMessage: () => ++on === 2 && stop.abort() },
    );
    expect(ends.map(({ name, code, stdout }) => [name, code, stdout])).toEqual([
      ["a", 130, `${STOP}\n`],
      ["b", 130, `${STOP}\n`],
    ]);
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PeerError } from "@mmgan/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Contender } from "./contender.js";

/** A process that echoes commands, and breaks the protocol where asked to. */
const FAKE = `
const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const command = JSON.parse(line);
  if (command.do === "stop") process.exit(0);
  if (command.do === "die") { console.error("Traceback\\nModuleNotFoundError: No module named 'torch'"); process.exit(1); }
  if (command.do === "babble") console.log("hello");
  else if (command.do === "fail") console.log(JSON.stringify({ error: "RuntimeError: out of paper" }));
  else console.log(JSON.stringify({ ...command, threads: process.env.OMP_NUM_THREADS }));
});
`;

describe("a contender", () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mmgan-contender-"));
    file = join(folder, "fake.cjs");
    await writeFile(file, FAKE);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const start = () => new Contender({ name: "the fake", file: process.execPath, args: [file], threads: 3 });

  it("answers one command after the other, with its threads in the environment", async () => {
    const fake = start();
    expect(await fake.ask({ do: "run", runs: 2 })).toEqual({ do: "run", runs: 2, threads: "3" });
    expect(await fake.ask({ do: "run", runs: 5 })).toMatchObject({ runs: 5 });
    await fake.stop();
  });

  it("goes on after an error that it reports", async () => {
    const fake = start();
    await expect(fake.ask({ do: "fail" })).rejects.toThrow(
      new PeerError("the fake could not fail: RuntimeError: out of paper."),
    );
    expect(await fake.ask({ do: "run" })).toMatchObject({ do: "run" });
    await fake.stop();
  });

  it("is refused for what is no JSON", async () => {
    const fake = start();
    await expect(fake.ask({ do: "babble" })).rejects.toMatchObject({
      code: "E_PEER",
      message: "Expected one JSON line from the fake but received: hello.",
    });
    await fake.stop();
  });

  it("says the last line of a process that ended", async () => {
    const fake = start();
    await expect(fake.ask({ do: "die" })).rejects.toMatchObject({
      code: "E_PEER",
      message: /it ended: ModuleNotFoundError: No module named 'torch'\.$/,
    });
    await fake.stop();
  });

  it("says that there is no such program", async () => {
    const none = new Contender({ name: "the fake", file: join(folder, "no-python"), args: [], threads: 1 });
    await expect(none.ask({ do: "setup" })).rejects.toMatchObject({ code: "E_PEER", message: /ENOENT/ });
    await none.stop();
  });
});

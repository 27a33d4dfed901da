/**
 * A contender of a bench: a process that stays alive and answers each JSON line on its stdin with one on its stdout
 * (the protocol is in bench/peers/peer.py). Ours are Node processes, peers Python ones: both pay the same.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { PeerError } from "@mmgan/core";

export interface ContenderOptions {
  /** For messages, e.g. "the peer bench/peers/step.py". */
  name: string;
  file: string;
  args: readonly string[];
  threads: number;
  signal?: AbortSignal;
}

export class Contender {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #said = "";

  constructor({ name, file, args, threads, signal }: ContenderOptions) {
    this.name = name;
    this.#child = spawn(file, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, OMP_NUM_THREADS: `${threads}`, MKL_NUM_THREADS: `${threads}` },
      ...(signal ? { signal } : {}),
    });
    this.#child.stdin!.on("error", () => {}); // the answer that never comes says it
    this.#child.stderr!.on("data", (chunk) => {
      this.#said = `${this.#said}${chunk}`.slice(-4000);
    });
    this.#ended = once(this.#child, "close").catch((error: Error) => {
      this.#said += error.message;
    });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /**
   * Sends a command and waits for its answer.
   *
   * @throws PeerError when the process answers with an error, with no JSON, or ends
   */
  async ask<T>(command: { do: string } & Record<string, unknown>): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) {
      await this.#ended;
      const last = this.#said.trim().split("\n").at(-1) || "it said nothing";
      throw new PeerError(`Expected an answer to ${command.do} from ${this.name} but it ended: ${last}.`);
    }
    let answer: T & { error?: string };
    try {
      answer = JSON.parse(value);
    } catch (cause) {
      throw new PeerError(
        `Expected one JSON line from ${this.name} but received: ${String(value).slice(0, 200)}.`,
        { cause },
      );
    }
    if (answer.error !== undefined)
      throw new PeerError(`${this.name} could not ${command.do}: ${answer.error}.`);
    return answer;
  }

  /** Asks the process to end and waits for it. */
  async stop(): Promise<void> {
    this.#child.stdin!.end(`${JSON.stringify({ do: "stop" })}\n`);
    await this.#ended;
  }
}

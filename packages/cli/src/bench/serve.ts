/** Our side of the contenders' protocol: answers JSON lines on stdin until "stop". */

import { createInterface } from "node:readline";

export type Handlers = Record<string, (command: Record<string, unknown>) => Promise<unknown>>;

export async function serve(handlers: Handlers): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as { do: string } & Record<string, unknown>;
    if (command.do === "stop") return;
    let answer: unknown;
    try {
      answer = await handlers[command.do]!(command);
    } catch (error) {
      answer = { error: (error as Error).message.split("\n")[0] };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

/** Milliseconds of each of `runs` calls. */
export async function timed(work: () => Promise<unknown>, runs: number): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times;
}

/** Most memory this process ever held. */
export const peakBytes = () => process.resourceUsage().maxRSS * 1024;

/** A worker that runs a bundle's graphs: answers each message of `openWorker` with its result, arrays transferred. */

import { buffersOf, type Reply, type Request } from "./messages.js";
import type { SessionHost } from "./session-host.js";
import { openSessions } from "./sessions.js";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(reply: Reply, transfer: Transferable[]): void;
};

let host: Promise<SessionHost> | undefined;

scope.onmessage = async ({ data: request }) => {
  try {
    const value = await answer(request);
    scope.postMessage({ id: request.id, value }, buffersOf(value));
  } catch (cause) {
    const { name, message } = cause as Error;
    scope.postMessage({ id: request.id, error: { name, message } }, []);
  }
};

async function answer(request: Request): Promise<unknown> {
  if (request.call === "open") {
    host = openSessions(request.options);
    await host;
    return undefined;
  }
  const sessions = await host!;
  if (request.call === "create") return sessions.create(request.graph, request.bytes);
  return sessions.run(request.graph, request.feeds);
}

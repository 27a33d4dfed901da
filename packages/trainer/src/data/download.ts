/** One attempt to download one file from one address onto a .part file, going on where an earlier attempt stopped. */

import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { InterruptedError } from "@mmgan/core";
import { writeError } from "@mmgan/node-io";

/** Why an attempt failed. `retry` tells whether the same address may do better next time. */
export class AttemptError extends Error {
  readonly retry: boolean;

  constructor(reason: string, retry: boolean, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.retry = retry;
  }
}

export interface AttemptOptions {
  /** More bytes than this are refused. */
  readonly limitBytes: number;
  /** Give up when nothing arrives for so long, in milliseconds. */
  readonly stallMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Sent with the request, e.g. Authorization. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `totalBytes` is undefined while the server does not say. */
  readonly onProgress?: ((receivedBytes: number, totalBytes: number | undefined) => void) | undefined;
}

/** Statuses that may pass: request timeout, too early, too many requests; and all 5xx. */
const PASSING_STATUSES = [408, 425, 429];

/**
 * Appends to `part` what it lacks (HTTP Range), or starts over when the server does not do ranges. The file is flushed
 * to disk at the end. What arrived before a failure stays in `part`, unless it cannot be continued.
 *
 * @throws AttemptError when the server or the network fails, InterruptedError when `signal` aborts, and the errors of
 * writing (DiskFullError, ArgumentError)
 */
export async function downloadOnto(part: string, url: string, options: AttemptOptions): Promise<void> {
  const watch = watchdog(options);
  try {
    const have = await fileSize(part);
    const response = await request(url, have, watch.signal, options.headers);
    const body = await accept(response, have, part, options.limitBytes);
    if (!body) return;
    await append(part, body, options, watch.alive);
  } catch (cause) {
    if (options.signal?.aborted)
      throw new InterruptedError(
        `Stopped on request while downloading ${url}. What has arrived is kept; run the command again to go on.`,
        { cause },
      );
    if (watch.stalled())
      throw new AttemptError(`nothing arrived for ${options.stallMs / 1000} seconds`, true, cause);
    throw cause;
  } finally {
    watch.stop();
  }
}

/** Bytes of a file; 0 when there is none. */
export async function fileSize(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

interface Body {
  /** Bytes already in the .part file that this body continues. */
  readonly start: number;
  /** Bytes of the whole file, if the server says. */
  readonly total: number | undefined;
  /** False when the server compressed the transfer: its byte ranges would not be those of the file. */
  readonly resumable: boolean;
  readonly chunks: AsyncIterable<Uint8Array>;
}

async function request(
  url: string,
  have: number,
  signal: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const headers = {
    ...more,
    "Accept-Encoding": "identity",
    ...(have > 0 ? { Range: `bytes=${have}-` } : {}),
  };
  try {
    return await fetch(url, { headers, signal });
  } catch (cause) {
    throw networkError(cause);
  }
}

/** Checks the answer's head. Undefined when `part` is complete already. */
async function accept(
  response: Response,
  have: number,
  part: string,
  limitBytes: number,
): Promise<Body | undefined> {
  try {
    return await readHead(response, have, part, limitBytes);
  } catch (error) {
    await response.body?.cancel().catch(() => {});
    throw error;
  }
}

async function readHead(
  response: Response,
  have: number,
  part: string,
  limitBytes: number,
): Promise<Body | undefined> {
  const { status, headers } = response;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  const rangeTotal = range && range[2] !== "*" ? Number(range[2]) : undefined;
  if (status === 416 || (status === 206 && Number(range?.[1] ?? -1) !== have)) {
    if (status === 416 && rangeTotal === have) {
      await response.body?.cancel();
      return undefined;
    }
    await rm(part, { force: true });
    throw new AttemptError(`it cannot continue at byte ${have} (status ${status})`, true);
  }
  if (status !== 200 && status !== 206)
    throw new AttemptError(`status ${status}`, status >= 500 || PASSING_STATUSES.includes(status));
  if (/^text\/html/i.test(headers.get("content-type") ?? ""))
    throw new AttemptError("it answers with a web page (text/html) instead of the file", false);
  if (!response.body) throw new AttemptError("it answers without content", true);
  const resumable = /^(identity)?$/i.test(headers.get("content-encoding") ?? "");
  const length = headers.get("content-length");
  const total = status === 206 ? rangeTotal : resumable && length ? Number(length) : undefined;
  if (total !== undefined && total > limitBytes)
    throw new AttemptError(`it offers ${total} bytes where at most ${limitBytes} can be right`, false);
  return { start: status === 206 ? have : 0, total, resumable, chunks: response.body };
}

async function append(part: string, body: Body, options: AttemptOptions, alive: () => void): Promise<void> {
  const file = await writing(part, () => open(part, body.start === 0 ? "w" : "a"));
  let received = body.start;
  try {
    options.onProgress?.(received, body.total);
    for await (const chunk of incoming(body.chunks)) {
      alive();
      received += chunk.length;
      if (received > options.limitBytes)
        throw new AttemptError(`it sends more than the ${options.limitBytes} bytes that can be right`, false);
      await writing(part, () => file.writeFile(chunk));
      options.onProgress?.(received, body.total);
    }
    if (body.total !== undefined && received < body.total)
      throw new AttemptError(`it stopped after ${received} of ${body.total} bytes`, true);
    await writing(part, () => file.sync());
  } catch (error) {
    if (!body.resumable || received > options.limitBytes) await discard(file, part);
    throw error;
  } finally {
    await file.close();
  }
}

async function* incoming(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    throw networkError(cause);
  }
}

async function discard(file: FileHandle, path: string): Promise<void> {
  await file.truncate(0).catch(() => {});
  await rm(path, { force: true });
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw writeError(cause, path);
  }
}

/** fetch says only "fetch failed" or "terminated"; its cause says why. */
function networkError(cause: unknown): AttemptError {
  const { message, cause: inner } = cause as Error;
  const why = inner instanceof Error && inner.message ? inner.message : message;
  return new AttemptError(`the connection failed (${why})`, true, cause);
}

/** A signal that aborts when the caller's does, or when `alive` is not called for `stallMs`. */
function watchdog({ signal, stallMs }: AttemptOptions) {
  const controller = new AbortController();
  let stalled = false;
  const onAbort = (): void => controller.abort(signal?.reason);
  const onStall = (): void => {
    stalled = true;
    controller.abort(new Error("stalled"));
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(onStall, stallMs);
  return {
    signal: controller.signal,
    alive: (): void => void timer.refresh(),
    stalled: (): boolean => stalled,
    stop: (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

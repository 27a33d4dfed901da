/** Decodes the pictures of a source ahead of whoever takes them, in order, within bounds of memory. */

import { createHash } from "node:crypto";
import { ImageError } from "@mmgan/core";
import {
  type DecodeOptions,
  decodePicture,
  type ReadOptions,
  readItem,
  type SourceItem,
} from "@mmgan/node-io";
import type { ClusterFolderOptions, FailedRow, FolderRow } from "./cluster-folder.js";

/** A picture ready for the model, an error, or a row known before. */
export type Decoded =
  | {
      readonly path: string;
      readonly pixels: Uint8Array;
      readonly width: number;
      readonly height: number;
      readonly bytes: number;
      readonly mtimeMs: number;
      readonly sha256?: string;
    }
  | FailedRow
  | { readonly known: FolderRow };

export interface DecoderOptions extends DecodeOptions, ReadOptions {
  /** Pictures decoded, or being decoded, before they are asked for. */
  readonly ahead: number;
  readonly sha256?: boolean | undefined;
  readonly known?: ClusterFolderOptions["known"];
}

/** Encoded bytes held at once, unless one picture alone has more. */
const HELD_BYTES = 128 * 2 ** 20;

export class Decoder {
  readonly #items: AsyncIterator<SourceItem>;
  readonly #options: DecoderOptions;
  readonly #queue: Promise<Decoded>[] = [];
  #heldBytes = 0;
  #filling: Promise<void> | undefined;
  #ended = false;
  #failed: { cause: unknown } | undefined;

  constructor(source: AsyncIterable<SourceItem>, options: DecoderOptions) {
    this.#items = source[Symbol.asyncIterator]();
    this.#options = options;
  }

  /** The next picture; undefined after the last. @throws what the source throws, after the pictures before it */
  async next(): Promise<Decoded | undefined> {
    for (this.#fill(); this.#queue.length === 0 && !this.#ended; this.#fill()) await this.#filling;
    const first = this.#queue.shift();
    if (first === undefined) {
      if (this.#failed) throw this.#failed.cause;
      return undefined;
    }
    const decoded = await first;
    this.#fill();
    return decoded;
  }

  /** Stops reading; what is being decoded ends unseen. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#filling;
    await Promise.allSettled(this.#queue);
    await this.#items.return?.();
  }

  /** Asks for items until enough are on their way. One at a time: items of an archive come in its order. */
  #fill(): void {
    this.#filling ??= this.#take().finally(() => {
      this.#filling = undefined;
    });
  }

  async #take(): Promise<void> {
    while (!this.#ended && this.#queue.length < this.#options.ahead && this.#heldBytes < HELD_BYTES) {
      try {
        const { value, done } = await this.#items.next();
        if (done) this.#ended = true;
        else {
          // Before the next item is asked for: an entry of a tar must be read by then.
          const known = "error" in value ? undefined : await this.#options.known?.(value);
          if (known) this.#queue.push(Promise.resolve({ known }));
          else this.#start(value);
        }
      } catch (cause) {
        this.#failed = { cause };
        this.#ended = true;
      }
    }
  }

  #start(item: SourceItem): void {
    const size = "error" in item ? 0 : item.size;
    this.#heldBytes += size;
    const decoded = this.#decode(item).finally(() => {
      this.#heldBytes -= size;
      if (!this.#ended) this.#fill();
    });
    decoded.catch(() => {}); // thrown where it is taken
    this.#queue.push(decoded);
  }

  async #decode(item: SourceItem): Promise<Decoded> {
    if ("error" in item) return { path: item.path, error: item.error, bytes: null, mtimeMs: null };
    let { size, mtimeMs } = item;
    try {
      const read = await readItem(item, this.#options);
      ({ size, mtimeMs } = read);
      const picture = await decodePicture(read.data, this.#options, item.path);
      const sha256 = this.#options.sha256
        ? { sha256: createHash("sha256").update(read.data).digest("hex") }
        : {};
      return { path: item.path, ...picture, bytes: size, mtimeMs, ...sha256 };
    } catch (cause) {
      if (!(cause instanceof ImageError)) throw cause;
      const { rowCode: code, reason } = cause;
      return { path: item.path, error: { code, reason }, bytes: size, mtimeMs };
    }
  }
}

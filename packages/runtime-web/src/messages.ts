/** What page and worker say to each other. */

import type { PlainTensor } from "@mmgan/core";
import type { HostOptions } from "./session-host.js";

export type Request = { readonly id: number } & (
  | { readonly call: "open"; readonly options: HostOptions }
  | { readonly call: "create"; readonly graph: string; readonly bytes: Uint8Array }
  | { readonly call: "run"; readonly graph: string; readonly feeds: Record<string, PlainTensor> }
);

export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

/** The buffers of a record of tensors, each once, to be handed over rather than copied. */
export function buffersOf(value: unknown): Transferable[] {
  const buffers = new Set<Transferable>();
  for (const tensor of Object.values((value ?? {}) as Record<string, Partial<PlainTensor>>)) {
    const buffer = tensor?.data?.buffer;
    if (buffer instanceof ArrayBuffer) buffers.add(buffer);
  }
  return [...buffers];
}

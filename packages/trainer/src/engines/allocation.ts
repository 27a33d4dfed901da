/** What a runtime says when it gets no memory. */

import { MemoryError } from "@mmgan/core";

/** Whether ONNX Runtime could not get memory. */
export const isAllocationFailure = (error: unknown): boolean =>
  /Failed to allocate memory|bad_alloc|out of memory/i.test((error as Error)?.message ?? "");

export const allocationFailed = (program: string, cause: unknown): MemoryError =>
  new MemoryError(`ONNX Runtime got no memory for a step (program ${program}): the batch is too large.`, {
    cause,
  });

/** Errors on their way from one thread to another: classes are lost there, so they are made again by their name. */

import * as core from "@mmgan/core";

/** An error as plain data. */
interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
}

type ErrorClass = new (message: string) => core.MmganError;

/** Every class of error that can be raised, by its name. */
const CLASSES = new Map<string, ErrorClass>(
  Object.entries(core as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === "function" && value.prototype instanceof core.MmganError
      ? [[name, value as ErrorClass]]
      : [],
  ),
);

/** What a thread posts of an error. */
export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  return { name, message, stack };
}

/** The error again, of its own class where it is one of ours; the stack is that of the thread. */
export function unpackError(packed: unknown): Error {
  const { name, message, stack } = packed as PackedError;
  const Class = CLASSES.get(name);
  const error = Class ? new Class(message) : new Error(message);
  if (!Class) error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

import * as core from "@mmgan/core";
import { expect, it } from "vitest";
import { packError, unpackError } from "./thread-errors.js";

const there = (error: unknown) => unpackError(structuredClone(packError(error)));

it("every error of ours keeps its class, code, message and stack", () => {
  const classes = Object.values(core as Record<string, unknown>).filter(
    (value): value is new (message: string) => core.MmganError =>
      typeof value === "function" && value.prototype instanceof core.MmganError,
  );
  expect(classes.length).toBeGreaterThan(15);
  for (const Class of classes) {
    const error = new Class("what was wrong");
    const copy = there(error);
    expect(copy).toBeInstanceOf(Class);
    expect(copy).toMatchObject({ code: error.code, message: "what was wrong", name: Class.name });
    expect(copy.stack).toBe(error.stack);
  }
});

it("others keep name and message, and what is no error its text", () => {
  expect(there(new RangeError("too far"))).toMatchObject({ name: "RangeError", message: "too far" });
  expect(there("oops")).toMatchObject({ name: "Error", message: "oops" });
});

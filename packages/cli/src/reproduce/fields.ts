/** JSON files against their schemas: the first field that is wrong is named, with what would be right. */

import { ArgumentError, expected } from "@mmgan/core";
import * as v from "valibot";

/** @throws ArgumentError when `source` is no JSON */
export function parseJson(source: string, where: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw new ArgumentError(`Expected JSON in ${where}: ${(cause as Error).message}.`, { cause });
  }
}

/** @throws ArgumentError naming the first field of `where` that does not fit, and what would */
export function mustFit<T extends v.GenericSchema>(
  schema: T,
  value: unknown,
  where: string,
): v.InferOutput<T> {
  const result = v.safeParse(schema, value, {
    abortEarly: true,
    message: ({ input }) => (input === undefined ? "a value" : "an object"),
  });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  if (issue.expected === "never")
    throw new ArgumentError(`Expected no field ${path} in ${where}. Mend its name, or take it out.`);
  throw new ArgumentError(
    expected(
      issue.message,
      path === null ? where : `field ${path} of ${where}`,
      issue.input === undefined ? "nothing" : issue.input,
    ),
  );
}

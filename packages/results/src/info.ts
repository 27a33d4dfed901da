/** What a run says of itself, checked. */

import { expected, RESULTS_SCHEMA, ResultsError } from "@mmgan/core";
import type { ResultsInfo } from "./results-file.js";

/**
 * @param where - file, for the message
 * @throws ResultsError for a newer schema, or what is no such record
 */
export function mustBeInfo(value: Readonly<Record<string, unknown>>, where: string): ResultsInfo {
  const { schema, root } = value;
  const model = value.model as Partial<ResultsInfo["model"]> | null | undefined;
  mustBeReadable(schema, where);
  const known =
    typeof model?.name === "string" &&
    typeof model.sha256 === "string" &&
    Number.isInteger(model.clusters) &&
    (root === null || typeof root === "string");
  if (!known)
    throw new ResultsError(
      expected("the model and root of a run", `the first line of ${where}`, value, "Run mmgan cluster again"),
    );
  const { name, sha256, clusters } = model as ResultsInfo["model"];
  return { schema: schema as string, model: { name, sha256, clusters }, root: root as string | null };
}

/** @throws ResultsError unless `schema` is of RESULTS_SCHEMA's major version */
export function mustBeReadable(schema: unknown, where: string): void {
  const major = RESULTS_SCHEMA.split(".")[0]!;
  if (typeof schema === "string" && schema.split(".")[0] === major) return;
  const newer = typeof schema === "string" && Number(schema.split(".")[0]) > Number(major);
  throw new ResultsError(
    expected(
      `results of schema ${major}.x`,
      where,
      schema ?? "nothing",
      newer ? "Update mmgan to read it" : "Run mmgan cluster again",
    ),
  );
}

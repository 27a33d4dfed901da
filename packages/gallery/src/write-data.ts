/** Writes the records of a gallery as scripts: a page that was opened from a file may load those, and nothing else. */

import type { ResultError, ResultRow } from "@mmgan/core";
import type { AtomicFolder } from "@mmgan/node-io";
import type {
  Blocks,
  ErrorRows,
  ProbabilityBlock,
  RowBlock,
  ScriptFile,
  Scripts,
} from "./page/gallery-data.js";
import type { PictureTable } from "./picture-table.js";

/** Pictures in one script of rows: a few hundred kilobytes. */
const ROWS_PER_BLOCK = 5000;
/** Probabilities in one script, about: one loads when a picture is opened. */
const PROBABILITIES_PER_BLOCK = 20_000;

type Folder = Pick<AtomicFolder, "write">;

/** Writes one script. */
export async function writeScript<T extends keyof Scripts>(
  folder: Folder,
  name: T,
  value: Scripts[T],
): Promise<void> {
  const file: ScriptFile = `data/${name}.js` as ScriptFile;
  await folder.write(file, `mmganGallery(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
}

/** @param copies - each picture's place in "originals", where pictures are copied */
export async function writeRows(
  folder: Folder,
  { rows, positions }: PictureTable,
  copies: readonly (string | null)[] | null,
): Promise<Blocks> {
  const distances = hasDistances(rows);
  return writeBlocks(rows.length, ROWS_PER_BLOCK, (block, from, to) => {
    const part = rows.slice(from, to);
    const value: RowBlock = {
      path: part.map((row) => row.path),
      position: positions.slice(from, to),
      probability: part.map((row) => rounded(row.probability)),
      margin: part.map((row) => rounded(row.margin)),
      entropy: part.map((row) => rounded(row.entropy)),
      distance: distances ? part.map((row) => (row.distance === null ? null : rounded(row.distance))) : null,
      percentile: distances
        ? part.map((row) => (row.percentile === null ? null : rounded(row.percentile)))
        : null,
      outlier: distances ? part.map((row) => (row.outlier ? 1 : 0)) : null,
      width: part.map((row) => row.width),
      height: part.map((row) => row.height),
      bytes: part.map((row) => row.bytes),
      copy: copies?.slice(from, to) ?? null,
    };
    return writeScript(folder, `rows-${block}`, value);
  });
}

/** Null where no row has probabilities. */
export async function writeProbabilities(
  folder: Folder,
  { rows, sizes }: PictureTable,
): Promise<Blocks | null> {
  if (!rows.some((row) => row.probabilities)) return null;
  const perBlock = Math.max(1, Math.floor(PROBABILITIES_PER_BLOCK / sizes.length));
  return writeBlocks(rows.length, perBlock, (block, from, to) => {
    const value: ProbabilityBlock = rows
      .slice(from, to)
      .map(({ probabilities }) => probabilities?.map(rounded) ?? null);
    return writeScript(folder, `probabilities-${block}`, value);
  });
}

/** @returns how many there are of each code */
export async function writeErrors(
  folder: Folder,
  errors: AsyncIterable<ResultError>,
): Promise<Record<string, number>> {
  const rows: [string, string, string][] = [];
  const counts: Record<string, number> = {};
  for await (const { path, code, reason } of errors) {
    rows.push([path, code, reason]);
    counts[code] = (counts[code] ?? 0) + 1;
  }
  await writeScript(folder, "errors", rows satisfies ErrorRows);
  return counts;
}

/** Whether any row says how far from its cluster's centre it lies. */
export const hasDistances = (rows: readonly ResultRow[]): boolean =>
  rows.some((row) => row.distance !== null);

async function writeBlocks(
  rows: number,
  size: number,
  write: (block: number, from: number, to: number) => Promise<void>,
): Promise<Blocks> {
  const count = Math.ceil(rows / size);
  for (let block = 0; block < count; block++)
    await write(block, block * size, Math.min((block + 1) * size, rows));
  return { size, count };
}

/** Five digits: more than a page shows. */
const rounded = (value: number): number => Number(value.toPrecision(5));

/** What figures are drawn from and what comes out; their common look. */

import { rasterizeSvg } from "@mmgan/node-io";
import type { TopLevelSpec } from "vega-lite";
import { vegaSvg } from "../vega.js";

/** A training that is done, on disk. */
export interface FigureRun {
  /** What tells it from the others in a figure, e.g. "MMGAN (SGAN)". */
  readonly row: string;
  readonly seed: number;
  /** A run folder of `mmgan train`. */
  readonly training: string;
  /** The bundle of the last step. */
  readonly bundle: string;
  /** Bundles on the way, ascending. */
  readonly snapshots: readonly { readonly step: number; readonly bundle: string }[];
}

export interface FigureInput {
  /** The command that makes the figure, for its caption. */
  readonly command: string;
  /** In the order they are drawn in. */
  readonly runs: readonly FigureRun[];
}

export interface Picture {
  /** A whole SVG document. */
  readonly svg: string;
  /** The same as PNG. */
  readonly png: Uint8Array;
}

/** What is said above a picture. */
export interface Caption {
  readonly title: string;
  /** Sentences; broken into lines of about `width` letters. */
  readonly text: string;
  /** The command that makes it. */
  readonly command: string;
  /** Letters to a line. Default 120. */
  readonly width?: number;
}

export const INK = "#333";
/** Colours a colour-blind reader can tell apart (Okabe & Ito 2008), for up to eight clusters or series. */
export const COLOURS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#000000",
  "#f0e442",
];

/** Draws panels under a caption. @throws PeerError where vega is not installed */
export async function drawPicture(panels: object, caption: Caption): Promise<Picture> {
  const { title, text, command, width = 120 } = caption;
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    padding: 14,
    title: {
      text: title,
      subtitle: [...wrap(text, width), `Made by: ${command}`],
      anchor: "start",
      fontSize: 14,
      subtitleFontSize: 11,
      subtitleColor: INK,
      subtitlePadding: 6,
      offset: 16,
    },
    ...panels,
    config: {
      font: "sans-serif",
      aria: false, // labels on each of thousands of marks
      axis: { labelColor: INK, titleColor: INK, titleFontWeight: "normal", gridColor: "#eee" },
      view: { stroke: "#ccc" },
    },
  } as unknown as TopLevelSpec;
  const svg = shortened(await vegaSvg(spec, title));
  return { svg, png: await rasterizeSvg(svg) };
}

/** Coordinates to two digits, which no eye tells apart and which halve the document. */
function shortened(svg: string): string {
  const round = (text: string) =>
    text.replace(/-?\d*\.\d{3,}(e-?\d+)?/g, (number) => `${+Number(number).toFixed(2)}`);
  return svg.replace(/ (?:d|transform)="[^"]*"/g, round);
}

/** Breaks text between words into lines of at most `width` letters; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The bytes of a PNG as the address of a picture within a drawing. */
export function pngUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

/** What a person should know before training on pictures of their own. Hints never stop anything, and need no labels. */

import { createHash } from "node:crypto";
import type { Dataset } from "../data/index.js";
import type { NeighbourGraph } from "../neighbours/index.js";
import type { Survey } from "./survey.js";

export interface Hint {
  code:
    | "FEW_IMAGES"
    | "PHOTOGRAPHS"
    | "SIZE"
    | "SHAPES"
    | "GREY_AS_COLOUR"
    | "DUPLICATES"
    | "CLUSTERS_AT_EDGE"
    | "CLUSTERS_UNCERTAIN";
  message: string;
}

/** Images a cluster below which E learns the images themselves: measured in docs/decisions/0010. */
export const FEW_PER_CLUSTER = 40;
/** Share of copies worth a word, and of pictures of another shape. */
const SOME_COPIES = 0.01;
const SOME_SHAPES = 0.1;
/** Side that pictures with more detail than the default shows are worth, pixels; four times the time of the default. */
const FINE_SIZE = 64;
/** Channels of a pixel that differ by no more are grey: what a JPEG's rounding does. */
const NEARLY_GREY = 2;
/**
 * Share of images without a mutual neighbour from which pixels do not say what belongs together: .003 (COIL-20) to .15
 * (Fashion-MNIST) where they do, .45 on patches of photographs.
 */
export const WITHOUT_NEIGHBOUR = 0.25;
/** Fewer images say nothing certain about that share. */
const ENOUGH_FOR_SHARE = 200;

/** What the files of a folder say against the size and shape they are trained at. */
export function surveyHints(survey: Survey, { size, fit }: { size: number; fit: Dataset["fit"] }): Hint[] {
  const { count, commonest, side, shapes } = survey;
  if (!commonest) return [];
  const hints: Hint[] = [];
  const all = commonest.count === count;
  const sizes = `${all ? "all" : `${commonest.count} of ${count}`} pictures are ${commonest.width}x${commonest.height}`;
  const better = side >= FINE_SIZE ? FINE_SIZE : side;
  if (better >= 1.5 * size)
    hints.push({
      code: "SIZE",
      message: `${sizes} pixels and are trained at ${size}x${size}. If what tells them apart is finer than that, pass --size ${better}, at about ${((better / size) ** 2).toPrecision(2)} times the time.`,
    });
  if (size >= 1.5 * side && size > 8)
    hints.push({
      code: "SIZE",
      message: `${sizes} pixels and are trained at ${size}x${size}, which shows no more and takes longer. Pass --size ${Math.max(8, side)}.`,
    });
  const odd = Math.min(shapes.upright + shapes.square, shapes.wide + shapes.square, count - shapes.square);
  if (fit !== "cover" && odd > SOME_SHAPES * count) {
    const what = fit === "contain" ? "bars around them" : "how they are squeezed";
    hints.push({
      code: "SHAPES",
      message: `${shapes.upright} pictures are upright, ${shapes.square} square and ${shapes.wide} wide: clusters may tell ${what} apart rather than what they show. Pass --fit cover to cut them to a square.`,
    });
  }
  return hints;
}

/** What the loaded images say: too few for K, copies of each other, grey ones in colour. */
export function imageHints(dataset: Dataset, clusters: number): Hint[] {
  const { count, image, pixels } = dataset;
  const hints: Hint[] = [];
  if (count < FEW_PER_CLUSTER * clusters)
    hints.push({
      code: "FEW_IMAGES",
      message: `${count} images for ${clusters} clusters are ${(count / clusters).toPrecision(2)} a cluster; below ${FEW_PER_CLUSTER} clusters often come out wrong. Add images or lower --clusters.`,
    });
  if (!image || !pixels) return hints;
  const { copies, first } = copiesIn(dataset);
  if (copies > SOME_COPIES * count)
    hints.push({
      code: "DUPLICATES",
      message: `${copies} of ${count} images are the same as another at ${image.width}x${image.height} (${first!.map((i) => dataset.paths?.[i] ?? `image ${i}`).join(" and ")}). Copies take the place of neighbours and count double: remove them.`,
    });
  if (image.channels === 3 && isGrey(pixels))
    hints.push({
      code: "GREY_AS_COLOUR",
      message:
        "all pictures are grey though stored in colour. Pass --channels 1, so that generated ones are grey too.",
    });
  return hints;
}

/** Images equal to an earlier one, and the first such pair. */
function copiesIn({ count, pixels }: Dataset): { copies: number; first?: [number, number] } {
  const size = pixels!.length / count;
  const seen = new Map<string, number>();
  let copies = 0;
  let first: [number, number] | undefined;
  for (let i = 0; i < count; i++) {
    const key = createHash("sha1")
      .update(pixels!.subarray(i * size, (i + 1) * size))
      .digest("base64");
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, i);
    else {
      copies++;
      first ??= [earlier, i];
    }
  }
  return first ? { copies, first } : { copies };
}

function isGrey(pixels: Uint8Array): boolean {
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > NEARLY_GREY) return false;
  }
  return true;
}

/**
 * What the neighbour graph says of the pixels. In spaces where distances tell little apart a few images become everyone's
 * neighbour ("hubs", Radovanovic et al. 2010) and most others are among the nearest of none of their own nearest.
 */
export function graphHints(graph: NeighbourGraph): Hint[] {
  const share = shareWithoutMutual(graph);
  if (graph.count < ENOUGH_FOR_SHARE || share < WITHOUT_NEIGHBOUR) return [];
  return [
    {
      code: "PHOTOGRAPHS",
      message: `${Math.round(100 * share)} % of the images are not among the nearest of their own nearest images, as with photographs, whose pixels say little of what they show. Clusters will follow light, colour and background: cut the pictures to their subject, or expect that.`,
    },
  ];
}

/** Share of nodes whose only edge is one-way: images that have no mutual neighbour. */
export function shareWithoutMutual({ count, offsets, targets }: NeighbourGraph): number {
  const leadsTo = (from: number, to: number): boolean => {
    for (let edge = offsets[from]!; edge < offsets[from + 1]!; edge++) if (targets[edge] === to) return true;
    return false;
  };
  let alone = 0;
  for (let node = 0; node < count; node++) {
    const [from, to] = [offsets[node]!, offsets[node + 1]!];
    if (to - from <= 1 && (to === from || !leadsTo(targets[from]!, node))) alone++;
  }
  return count > 0 ? alone / count : 0;
}

/** What a form is: one way to write a convolution, or one of its gradients, as ONNX nodes. */

import type * as tf from "@tensorflow/tfjs";
import type { Value } from "../graph.js";
import type { Ops } from "../ops.js";

/** Geometry of a convolution; its gradients are named after the same one. Always NHWC and HWIO here. */
export type Info = tf.backend_util.Conv2DInfo;

/**
 * The three products of a convolution y = conv(x, filter), x [n, h, w, in], filter [kh, kw, in, out], y [n, oh, ow, out]:
 * - `convolution`: (x, filter) -> y
 * - `inputGradient`: (dy, filter) -> dx, also the transposed convolution
 * - `filterGradient`: (x, dy) -> dfilter
 */
export const FORM_KINDS = ["convolution", "inputGradient", "filterGradient"] as const;
export type FormKind = (typeof FORM_KINDS)[number];

export type FusedActivation = { readonly op: "Relu" } | { readonly op: "LeakyRelu"; readonly alpha: number };

/** What follows a product and can be part of its last node. */
export interface Epilogue {
  /** One per channel of the result, [channels]. */
  readonly bias?: Value;
  /** After the bias. */
  readonly activation?: FusedActivation;
}

export interface Form {
  /** Unique within its kind: part of the keys of measured choices. */
  readonly name: string;
  /** Whether it can write this geometry under these options. */
  applies(ops: Ops, info: Info): boolean;
  /** The result of operands `a` and `b` as listed at {@link FORM_KINDS}. */
  lower(ops: Ops, a: Value, b: Value, info: Info, epilogue: Epilogue): Value;
  /** Whether `lower` heeds its epilogue; for others bias and activation are nodes of their own. Default false. */
  readonly fuses?: boolean;
}

/** A place where a form is to be chosen: plain data, equal for equal geometry. */
export interface FormSite {
  readonly kind: FormKind;
  /** Shapes of x and filter, [n, h, w, in] and [kh, kw, in, out]. */
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly strides: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  /** Names of the forms that apply, the one taken without a choice first. */
  readonly candidates: readonly string[];
}

/** Picks one of `site.candidates`; anything else means the first. */
export type ChooseForm = (site: FormSite) => string | undefined;

/** Plain windows: no dilation, channels last. */
export const isPlain = (info: Info): boolean =>
  info.dataFormat === "channelsLast" && info.dilationHeight === 1 && info.dilationWidth === 1;

/** The attributes Conv and ConvTranspose share. Pads are explicit: auto_pad is read differently by runtimes. */
export function padsOf(info: Info): [number, number, number, number] {
  const { top, left, bottom, right } = info.padInfo;
  // Rounding up (dimRoundingMode) makes a last window that reaches past the padding.
  const down = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight - info.inHeight - top;
  const across = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth - info.inWidth - left;
  return [top, left, Math.max(bottom, down), Math.max(right, across)];
}

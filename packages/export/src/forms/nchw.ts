/** Layout changes and attributes that Conv and ConvTranspose share. */

import { ints, type Value } from "../graph.js";
import { type Ops, TO_NCHW, TO_NHWC } from "../ops.js";
import { type Info, padsOf } from "./form.js";

/** tfjs's layout to NCHW and back. */
export const toNchw = (ops: Ops, x: Value, info: Info): Value =>
  info.dataFormat === "channelsLast" ? ops.transpose(x, TO_NCHW) : x;
export const fromNchw = (ops: Ops, x: Value, info: Info): Value =>
  info.dataFormat === "channelsLast" ? ops.transpose(x, TO_NHWC) : x;

/** HWIO -> OIHW, the weight of Conv and, read as [in, out, h, w], of the ConvTranspose that is its adjoint. */
export const oihw = (ops: Ops, filter: Value): Value => ops.transpose(filter, [3, 2, 0, 1]);

/** Pads are explicit: auto_pad is read differently by runtimes. */
export function convAttributes(info: Info) {
  return {
    kernel_shape: ints([info.filterHeight, info.filterWidth]),
    strides: ints([info.strideHeight, info.strideWidth]),
    dilations: ints([info.dilationHeight, info.dilationWidth]),
    pads: ints(padsOf(info)),
  };
}

/** Rows and columns of the input that no window reached: what ConvTranspose must add at the end. */
export function outputPadding(info: Info): [number, number] {
  const [top, left, bottom, right] = padsOf(info);
  return [
    info.inHeight - ((info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight - top - bottom),
    info.inWidth - ((info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth - left - right),
  ];
}

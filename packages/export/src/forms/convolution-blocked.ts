/** A convolution in the runtime's blocked layout. */

import { TO_NCHW } from "../ops.js";
import { blockedConv, blockedFilter, blockOf, fillsBlocks, fromBlocked, toBlocked } from "./blocked.js";
import { type Form, isPlain, padsOf } from "./form.js";

export const convolutionBlocked: Form = {
  name: "blocked",
  fuses: true,
  applies: (ops, info) =>
    isPlain(info) &&
    fillsBlocks(ops, info.outChannels) &&
    (fillsBlocks(ops, info.inChannels) || info.inChannels < blockOf(ops)),
  lower(ops, x, filter, info, epilogue) {
    const source = info.inChannels < blockOf(ops) ? ops.transpose(x, TO_NCHW) : toBlocked(ops, x);
    const window = { strides: [info.strideHeight, info.strideWidth] as const, pads: padsOf(info) };
    return fromBlocked(ops, blockedConv(ops, source, blockedFilter(ops, filter), window, epilogue));
  },
};

/** A convolution of one input channel as a product of its taps, which the filter's gradient needs as well. */

import type { Form } from "./form.js";
import { hasTaps, taps } from "./taps.js";

export const convolutionTaps: Form = {
  name: "taps",
  applies: hasTaps,
  lower(ops, x, filter, info) {
    const rows = taps(ops, x, info);
    const flat = ops.reshape(filter, [rows.dims[0]!, info.outChannels]);
    return ops.reshape(ops.gemm(rows, flat, { transA: true }), info.outShape);
  },
};

/** The filter's gradient of a convolution of one input channel: a product of its taps as rows with dy. */

import type { Form } from "./form.js";
import { hasTaps, taps } from "./taps.js";

export const filterGradientTaps: Form = {
  name: "taps",
  applies: hasTaps,
  lower(ops, x, dy, info) {
    const flat = ops.reshape(dy, [info.batchSize * info.outHeight * info.outWidth, info.outChannels]);
    return ops.reshape(ops.gemm(taps(ops, x, info), flat), info.filterShape);
  },
};

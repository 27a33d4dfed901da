/** A convolution as one product with its windows as rows, which the filter's gradient needs as well. */

import { type Form, isPlain } from "./form.js";
import { windows } from "./windows.js";

export const convolutionWindows: Form = {
  name: "windows",
  // For a few output channels gathering costs more than the product.
  applies: (ops, info) => ops.options.training && isPlain(info) && info.outChannels >= 8,
  lower(ops, x, filter, info) {
    const rows = windows(ops, x, info);
    return ops.reshape(ops.gemm(rows, ops.reshape(filter, [rows.dims[1]!, info.outChannels])), info.outShape);
  },
};

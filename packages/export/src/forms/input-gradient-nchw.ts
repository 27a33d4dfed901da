/** The input's gradient, or a transposed convolution, as ONNX's own ConvTranspose. */

import { ints } from "../graph.js";
import type { Form } from "./form.js";
import { convAttributes, fromNchw, oihw, outputPadding, toNchw } from "./nchw.js";

export const inputGradientNchw: Form = {
  name: "nchw",
  applies: () => true,
  lower(ops, dy, filter, info) {
    const dims = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
    const attributes = { ...convAttributes(info), output_padding: ints(outputPadding(info)) };
    const inputs = [toNchw(ops, dy, info), oihw(ops, filter)];
    return fromNchw(ops, ops.node("ConvTranspose", inputs, attributes, { type: "float32", dims }), info);
  },
};

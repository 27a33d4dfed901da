/** A convolution as ONNX's own Conv. */

import type { Form } from "./form.js";
import { convAttributes, fromNchw, oihw, toNchw } from "./nchw.js";

export const convolutionNchw: Form = {
  name: "nchw",
  applies: () => true,
  lower(ops, x, filter, info) {
    const { batchSize, outChannels, outHeight, outWidth } = info;
    const dims = [batchSize, outChannels, outHeight, outWidth];
    const inputs = [toNchw(ops, x, info), oihw(ops, filter)];
    return fromNchw(ops, ops.node("Conv", inputs, convAttributes(info), { type: "float32", dims }), info);
  },
};

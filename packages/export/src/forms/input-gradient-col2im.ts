/** The input's gradient of a convolution of few input channels: a product per image, then ONNX's Col2Im. */

import { int, ints } from "../graph.js";
import { TO_NHWC } from "../ops.js";
import { type Form, isPlain, padsOf } from "./form.js";

export const inputGradientCol2im: Form = {
  name: "col2im",
  applies: (ops, info) =>
    ops.options.training &&
    ops.options.runtime !== undefined &&
    ops.options.opset >= 18 &&
    isPlain(info) &&
    info.inChannels < 8,
  lower(ops, dy, filter, info) {
    const { batchSize, inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth } = info;
    const taps = filterHeight * filterWidth;
    const pixels = info.outHeight * info.outWidth;
    // Col2Im wants the rows of each image's matrix channel by channel.
    const byChannel = ops.transpose(ops.reshape(filter, [taps, inChannels, outChannels]), [1, 0, 2]);
    const left = ops.reshape(byChannel, [1, inChannels * taps, outChannels]);
    const right = ops.reshape(dy, [batchSize, pixels, outChannels]);
    const columns = ops.node(
      "FusedMatMul",
      [left, right],
      { transB: int(1) },
      { type: "float32", dims: [batchSize, inChannels * taps, pixels] },
      "com.microsoft",
    );
    const dx = ops.node(
      "Col2Im",
      [columns, ops.shape([inHeight, inWidth]), ops.shape([filterHeight, filterWidth])],
      { strides: ints([info.strideHeight, info.strideWidth]), pads: ints(padsOf(info)) },
      { type: "float32", dims: [batchSize, inChannels, inHeight, inWidth] },
    );
    return ops.transpose(dx, TO_NHWC);
  },
};

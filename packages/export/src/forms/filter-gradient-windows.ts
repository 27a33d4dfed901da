/** The filter's gradient: windows of x as rows, then one product with dy. */

import type { Value } from "../graph.js";
import { type Ops, TO_NHWC } from "../ops.js";
import type { Form, Info } from "./form.js";
import { windows } from "./windows.js";

const last = (ops: Ops, x: Value, info: Info): Value =>
  info.dataFormat === "channelsLast" ? x : ops.transpose(x, TO_NHWC);

export const filterGradientWindows: Form = {
  name: "windows",
  applies: () => true,
  lower(ops, x, dy, info) {
    const rows = info.batchSize * info.outHeight * info.outWidth;
    const flat = ops.reshape(last(ops, dy, info), [rows, info.outChannels]);
    return ops.reshape(
      ops.gemm(windows(ops, last(ops, x, info), info), flat, { transA: true }),
      info.filterShape,
    );
  },
};

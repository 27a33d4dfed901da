/**
 * ONNX Runtime's blocked layout on CPUs: channels in blocks of 8 or 16, the innermost axis. Its domain is internal to
 * the runtime, so it appears in training graphs only, behind a probe (`TraceOptions.runtime`), never in a bundle.
 */

import { floats, int, ints, text, type Value } from "../graph.js";
import type { Ops } from "../ops.js";
import type { Epilogue, FusedActivation } from "./form.js";

const DOMAIN = "com.microsoft.nchwc";

/** Channels of a block; 0 where the layout is not to be used. */
export const blockOf = (ops: Ops): number => (ops.options.training ? (ops.options.runtime?.block ?? 0) : 0);

/** Channels that fill whole blocks. */
export const fillsBlocks = (ops: Ops, channels: number): boolean =>
  blockOf(ops) > 0 && channels % blockOf(ops) === 0;

/** x [n, h, w, c] in blocks; its dims are those of NCHW, as the runtime's own. */
export function toBlocked(ops: Ops, x: Value): Value {
  const [n, h, w, c] = x.dims as [number, number, number, number];
  return ops.node(
    "ReorderInput",
    [x],
    { channels_last: int(1) },
    { type: "float32", dims: [n, c, h, w] },
    DOMAIN,
  );
}

/** Back to [n, h, w, c]. */
export function fromBlocked(ops: Ops, x: Value): Value {
  const [n, c, h, w] = x.dims as [number, number, number, number];
  const attributes = { channels: int(c), channels_last: int(1) };
  return ops.node("ReorderOutput", [x], attributes, { type: "float32", dims: [n, h, w, c] }, DOMAIN);
}

/** A filter [kh, kw, in, out] as the weight of a blocked convolution; fewer inputs than a block stay as they are. */
export function blockedFilter(ops: Ops, filter: Value): Value {
  const [kh, kw, from, to] = filter.dims as [number, number, number, number];
  const b = blockOf(ops);
  const [shape, perm] =
    from < b
      ? [
          [kh, kw, from, to / b, b],
          [3, 2, 0, 1, 4],
        ]
      : [
          [kh, kw, from / b, b, to / b, b],
          [4, 2, 0, 1, 3, 5],
        ];
  return ops.reshape(ops.transpose(ops.reshape(filter, shape), perm), [to, from, kh, kw]);
}

/** A filter [taps, in, out] of th x tw taps as the weight of the adjoint: from `out` channels to `in`. */
export function adjointFilter(ops: Ops, taps: Value, th: number, tw: number): Value {
  const [, from, to] = taps.dims as [number, number, number];
  const b = blockOf(ops);
  const blocks = ops.reshape(taps, [th, tw, from / b, b, to / b, b]);
  return ops.reshape(ops.transpose(blocks, [2, 4, 0, 1, 5, 3]), [from, to, th, tw]);
}

function activationAttributes(activation: FusedActivation | undefined) {
  if (!activation) return {};
  const params = activation.op === "LeakyRelu" ? { activation_params: floats([activation.alpha]) } : {};
  return { activation: text(activation.op), ...params };
}

/** Convolution of a blocked x (or a plain NCHW one of fewer channels than a block) to a blocked result. */
export function blockedConv(
  ops: Ops,
  x: Value,
  weight: Value,
  { strides, pads }: { strides: readonly [number, number]; pads: readonly [number, number, number, number] },
  { bias, activation }: Epilogue,
): Value {
  const [n, , h, w] = x.dims as [number, number, number, number];
  const [channels, , kh, kw] = weight.dims as [number, number, number, number];
  const out = (size: number, before: number, after: number, extent: number, stride: number) =>
    Math.floor((size + before + after - extent) / stride) + 1;
  const dims = [
    n,
    channels,
    out(h, pads[0], pads[2], kh, strides[0]),
    out(w, pads[1], pads[3], kw, strides[1]),
  ];
  const attributes = {
    kernel_shape: ints([kh, kw]),
    strides: ints(strides),
    pads: ints(pads),
    ...activationAttributes(activation),
  };
  return ops.node(
    "Conv",
    bias ? [x, weight, bias] : [x, weight],
    attributes,
    { type: "float32", dims },
    DOMAIN,
  );
}

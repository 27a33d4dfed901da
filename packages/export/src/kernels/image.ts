/** Kernels that read images at computed places, and the choice of boxes among overlapping ones. */

import * as tf from "@tensorflow/tfjs";
import type { Value, ValueType } from "../graph.js";
import type { Ops } from "../ops.js";
import { type Lowering, lowering } from "./lowering.js";

/** Arithmetic on float32 values and numbers, short to write. */
class Maths {
  constructor(readonly ops: Ops) {}
  #value = (x: Value | number): Value => (typeof x === "number" ? this.ops.scalar("float32", x) : x);
  #op = (op: string, a: Value | number, b: Value | number, type?: ValueType): Value =>
    this.ops.binary(op, this.#value(a), this.#value(b), type);
  add = (a: Value | number, b: Value | number): Value => this.#op("Add", a, b);
  sub = (a: Value | number, b: Value | number): Value => this.#op("Sub", a, b);
  mul = (a: Value | number, b: Value | number): Value => this.#op("Mul", a, b);
  div = (a: Value | number, b: Value | number): Value => this.#op("Div", a, b);
  min = (a: Value | number, b: Value | number): Value => this.#op("Min", a, b);
  max = (a: Value | number, b: Value | number): Value => this.#op("Max", a, b);
  floor = (a: Value): Value => this.ops.unary("Floor", a);
  ceil = (a: Value): Value => this.ops.unary("Ceil", a);
  /** Rounds down; the quotient's sign counts. */
  trunc = (a: Value): Value => this.mul(this.ops.unary("Sign", a), this.floor(this.ops.unary("Abs", a)));
  /** As Math.round: halves go up. */
  round = (a: Value): Value => this.floor(this.add(a, 0.5));
  less = (a: Value | number, b: Value | number): Value => this.#op("Less", a, b, "bool");
  atMost = (a: Value | number, b: Value | number): Value => this.#op("LessOrEqual", a, b, "bool");
  and = (a: Value, b: Value): Value => this.ops.binary("And", a, b, "bool");
  where = (condition: Value, a: Value | number, b: Value | number): Value =>
    this.ops.where(condition, this.#value(a), this.#value(b));
}

const counting = (ops: Ops, dims: readonly number[], length: number): Value =>
  ops.graph.constant(
    "float32",
    dims,
    Float32Array.from({ length }, (_, i) => i),
  );

/** x[:, i] of a matrix as [rows, 1]. */
const column = (ops: Ops, x: Value, i: number): Value => ops.slice(x, [0, i], [x.dims[0]!, i + 1]);

/** Pixels [.., c] of images [n, h, w, c] at whole positions; `image`, `y` and `x` broadcast and are float32. */
function pixels(ops: Ops, images: Value, image: Value, y: Value, x: Value): Value {
  const m = new Maths(ops);
  const [batch, height, width, channels] = images.dims as [number, number, number, number];
  const inside = (at: Value, size: number) => ops.clip(at, 0, size - 1);
  const rows = m.add(m.mul(inside(image, batch), height), inside(y, height));
  const index = ops.cast(m.add(m.mul(rows, width), inside(x, width)), "int32");
  return ops.gather(ops.reshape(images, [batch * height * width, channels]), index, 0);
}

const withChannel = (ops: Ops, x: Value): Value => ops.reshape(x, [...x.dims, 1]);

function cropAndResize(
  ops: Ops,
  inputs: Readonly<Record<string, Value>>,
  attrs: tf.CropAndResizeAttrs,
): Value {
  const m = new Maths(ops);
  const { image, boxes, boxInd } = inputs as { image: Value; boxes: Value; boxInd: Value };
  const [, height, width] = image.dims as [number, number, number, number];
  const count = boxes.dims[0]!;
  const [cropHeight, cropWidth] = attrs.cropSize;
  const images = ops.cast(image, "float32");
  if (count === 0) return ops.graph.splat("float32", [0, cropHeight, cropWidth, image.dims[3]!], 0);
  const positions = (low: Value, high: Value, size: number, crop: number): Value => {
    if (crop === 1) return m.mul(m.add(low, high), 0.5 * (size - 1));
    const step = m.mul(m.sub(high, low), (size - 1) / (crop - 1));
    return m.add(m.mul(low, size - 1), m.mul(step, counting(ops, [1, crop], crop)));
  };
  const y = positions(column(ops, boxes, 0), column(ops, boxes, 2), height, cropHeight);
  const x = positions(column(ops, boxes, 1), column(ops, boxes, 3), width, cropWidth);
  const within = (at: Value, size: number) => m.and(m.atMost(0, at), m.atMost(at, size - 1));
  const rows = (value: Value) => ops.reshape(value, [count, cropHeight, 1]);
  const columns = (value: Value) => ops.reshape(value, [count, 1, cropWidth]);
  const which = ops.reshape(ops.cast(boxInd, "float32"), [count, 1, 1]);
  const at = (row: Value, col: Value) => pixels(ops, images, which, rows(row), columns(col));
  let result: Value;
  if (attrs.method === "nearest") result = at(m.round(y), m.round(x));
  else {
    const [top, bottom, left, right] = [m.floor(y), m.ceil(y), m.floor(x), m.ceil(x)];
    const [yLerp, xLerp] = [rows(m.sub(y, top)), columns(m.sub(x, left))].map((w) => withChannel(ops, w)) as [
      Value,
      Value,
    ];
    const mix = (a: Value, b: Value, w: Value) => m.add(a, m.mul(m.sub(b, a), w));
    const upper = mix(at(top, left), at(top, right), xLerp);
    const lower = mix(at(bottom, left), at(bottom, right), xLerp);
    result = mix(upper, lower, yLerp);
  }
  const inside = withChannel(
    ops,
    m.and(rowsOf(ops, within(y, height), cropHeight), columnsOf(ops, within(x, width), cropWidth)),
  );
  const known = m.less(which, image.dims[0]!);
  return m.where(withChannel(ops, known), m.where(inside, result, attrs.extrapolationValue), 0);
}

const rowsOf = (ops: Ops, x: Value, size: number): Value => ops.reshape(x, [x.dims[0]!, size, 1]);
const columnsOf = (ops: Ops, x: Value, size: number): Value => ops.reshape(x, [x.dims[0]!, 1, size]);

/** Where a position outside the image is read from, by fill mode. */
function mapped(m: Maths, at: Value, size: number, mode: string): Value {
  if (mode === "nearest") return m.ops.clip(at, 0, size - 1);
  if (mode === "constant") return at;
  if (size <= 1) return m.mul(at, 0);
  const clamp = (x: Value) => m.ops.clip(x, 0, size - 1);
  const [low, high] = [m.less(at, 0), m.less(size - 1, at)];
  if (mode === "wrap") {
    const span = size - 1;
    const up = m.add(at, m.mul(m.add(m.trunc(m.div(m.mul(at, -1), span)), 1), size));
    const down = m.sub(at, m.mul(m.trunc(m.div(at, span)), size));
    return clamp(m.where(low, up, m.where(high, down, at)));
  }
  const double = 2 * size;
  const shifted = m.add(at, m.mul(m.trunc(m.div(m.mul(at, -1), double)), double));
  const negative = m.where(m.less(shifted, -size), m.add(shifted, double), m.sub(m.mul(shifted, -1), 1));
  const rest = m.sub(at, m.mul(m.trunc(m.div(at, double)), double));
  const positive = m.where(m.atMost(size, rest), m.sub(double - 1, rest), rest);
  return clamp(m.where(low, negative, m.where(high, positive, at)));
}

function transform(ops: Ops, image: Value, transforms: Value, attrs: tf.TransformAttrs): Value {
  const m = new Maths(ops);
  const [batch, height, width] = image.dims as [number, number, number, number];
  const [outHeight, outWidth] = attrs.outputShape ?? [height, width];
  const images = ops.cast(image, "float32");
  const t = (i: number) => ops.reshape(column(ops, transforms, i), [transforms.dims[0]!, 1, 1]);
  const [row, col] = [counting(ops, [1, outHeight, 1], outHeight), counting(ops, [1, 1, outWidth], outWidth)];
  const linear = (a: number, b: number, c: Value | number) =>
    m.add(m.add(m.mul(t(a), col), m.mul(t(b), row)), c);
  const projection = linear(6, 7, 1);
  const endless = ops.binary("Equal", projection, ops.scalar("float32", 0), "bool");
  const safe = m.where(endless, 1, projection);
  const x = mapped(m, m.div(linear(0, 1, t(2)), safe), width, attrs.fillMode);
  const y = mapped(m, m.div(linear(3, 4, t(5)), safe), height, attrs.fillMode);
  const which = counting(ops, [batch, 1, 1], batch);
  const read = (atY: Value, atX: Value): Value => {
    const inside = m.and(
      m.and(m.atMost(0, atY), m.less(atY, height)),
      m.and(m.atMost(0, atX), m.less(atX, width)),
    );
    return m.where(withChannel(ops, inside), pixels(ops, images, which, atY, atX), attrs.fillValue);
  };
  let result: Value;
  if (attrs.interpolation === "nearest") result = read(m.round(y), m.round(x));
  else {
    const [top, left] = [m.floor(y), m.floor(x)];
    const [bottom, right] = [m.add(top, 1), m.add(left, 1)];
    const [wx, wy] = [withChannel(ops, m.sub(x, left)), withChannel(ops, m.sub(y, top))];
    const mix = (a: Value, b: Value, w: Value) => m.add(m.mul(m.sub(1, w), a), m.mul(w, b));
    result = mix(
      mix(read(top, left), read(top, right), wx),
      mix(read(bottom, left), read(bottom, right), wx),
      wy,
    );
  }
  return ops.cast(m.where(withChannel(ops, endless), attrs.fillValue, result), image.type);
}

/** The angle is known while lowering: one Gather with a constant index. */
function rotate(ops: Ops, image: Value, { radians, fillValue, center }: tf.RotateWithOffsetAttrs): Value {
  const [batch, height, width, channels] = image.dims as [number, number, number, number];
  const [centreX, centreY] = tf.backend_util.getImageCenter(center, height, width);
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  const index = new Int32Array(height * width);
  const inside = new Uint8Array(height * width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const fromX = Math.round((x - centreX) * cos - (y - centreY) * sin + centreX);
      const fromY = Math.round((x - centreX) * sin + (y - centreY) * cos + centreY);
      const within = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
      inside[y * width + x] = Number(within);
      index[y * width + x] = within ? fromY * width + fromX : 0;
    }
  const flat = ops.reshape(image, [batch, height * width, channels]);
  const picked = ops.gather(flat, ops.graph.constant("int32", [index.length], index), 1);
  const fills = Array.from({ length: channels }, (_, c) =>
    typeof fillValue === "number" ? fillValue : c === 3 ? 255 : (fillValue[c] ?? 0),
  );
  const fill = ops.cast(ops.graph.constant("float32", [channels], Float32Array.from(fills)), image.type);
  const mask = ops.graph.constant("bool", [1, height * width, 1], inside);
  return ops.reshape(ops.where(mask, picked, fill), image.dims);
}

/** The float32 number just below x: ONNX drops boxes that overlap by more than the threshold, tfjs from it on. */
function justBelow(x: number): number {
  if (x <= 0) return 0;
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0]!--;
  return new Float32Array(bits.buffer)[0]!;
}

type Suppression = Pick<tf.NonMaxSuppressionV3Attrs, "maxOutputSize" | "iouThreshold" | "scoreThreshold">;

/** Indices of the boxes that stay, best first, as int64 [unknown]. */
function suppressed(ops: Ops, boxes: Value, scores: Value, attrs: Suppression): Value {
  if (boxes.dims[0] === 0) return ops.graph.splat("int64", [0], 0);
  const [n, found] = [boxes.dims[0]!, ops.unknownDim()];
  const threshold = Math.max(attrs.scoreThreshold, -3.4028234663852886e38);
  const inputs = [
    ops.reshape(ops.cast(boxes, "float32"), [1, n, 4]),
    ops.reshape(ops.cast(scores, "float32"), [1, 1, n]),
    ops.shape([attrs.maxOutputSize]),
    ops.graph.constant("float32", [1], Float32Array.of(justBelow(attrs.iouThreshold))),
    ops.graph.constant("float32", [1], Float32Array.of(threshold)),
  ];
  const chosen = ops.node("NonMaxSuppression", inputs, {}, { type: "int64", dims: [found, 3] });
  const box = ops.graph.constant("int64", [], BigInt64Array.of(2n));
  return ops.node(
    "Gather",
    [chosen, box],
    { axis: { kind: "int", value: 1 } },
    { type: "int64", dims: [found] },
  );
}

/** `x` cut or filled up with zeros to `size` elements. */
function toSize(ops: Ops, x: Value, size: number): Value {
  const zeros = ops.graph.splat(x.type, [size], 0);
  const joined = ops.node(
    "Concat",
    [x, zeros],
    { axis: { kind: "int", value: 0 } },
    { type: x.type, dims: [x.dims[0]! + size] },
  );
  const bounds = [ops.shape([0]), ops.shape([size]), ops.shape([0])];
  return ops.node("Slice", [joined, ...bounds], {}, { type: x.type, dims: [size] });
}

export const imageKernels: Record<string, Lowering> = {
  CropAndResize: lowering<tf.CropAndResizeAttrs>(({ ops, inputs, attrs }) =>
    cropAndResize(ops, inputs, attrs),
  ),
  Transform: lowering<tf.TransformAttrs>(({ ops, inputs, attrs }) =>
    transform(ops, inputs.image!, inputs.transforms!, attrs),
  ),
  RotateWithOffset: lowering<tf.RotateWithOffsetAttrs>(({ ops, inputs, attrs }) =>
    rotate(ops, inputs.image!, attrs),
  ),
  FlipLeftRight: ({ ops, inputs }) => {
    const x = inputs.image!;
    const width = x.dims[2]!;
    return ops.slice(
      x,
      [0, 0, width - 1, 0],
      x.dims.map((dim, axis) => (axis === 2 ? -1 : dim)),
      [1, 1, -1, 1],
    );
  },
  NonMaxSuppressionV3: lowering<tf.NonMaxSuppressionV3Attrs>(({ ops, inputs, attrs }) =>
    ops.cast(suppressed(ops, inputs.boxes!, inputs.scores!, attrs), "int32"),
  ),
  NonMaxSuppressionV4: lowering<tf.NonMaxSuppressionV4Attrs>(({ ops, inputs, attrs }) => {
    const chosen = suppressed(ops, inputs.boxes!, inputs.scores!, attrs);
    const count = ops.node("Shape", [chosen], {}, { type: "int64", dims: [1] });
    const indices = attrs.padToMaxOutputSize ? toSize(ops, chosen, attrs.maxOutputSize) : chosen;
    return [ops.cast(indices, "int32"), ops.cast(ops.reshape(count, []), "int32")];
  }),
  NonMaxSuppressionV5: lowering<tf.NonMaxSuppressionV5Attrs>(({ ops, inputs, attrs }) => {
    const indices = suppressed(ops, inputs.boxes!, inputs.scores!, attrs);
    return [ops.cast(indices, "int32"), ops.gather(ops.cast(inputs.scores!, "float32"), indices, 0)];
  }),
};

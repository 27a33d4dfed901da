/** Constant folding at the level of ONNX operators: what lowering itself makes of constants. */

import { denseData, makeData, sizeOf, type Value, type ValueData } from "./graph.js";

/** Row-major strides of a shape. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * dims[axis + 1]!;
  return strides;
}

/** The elements of a constant after a transpose. */
export function foldTranspose(x: Value, perm: readonly number[]): ValueData {
  const strides = stridesOf(x.dims);
  return pickStrided(
    denseData(x),
    x,
    perm.map((axis) => x.dims[axis]!),
    perm.map((axis) => strides[axis]!),
  );
}

function pickStrided(
  data: ValueData,
  x: Value,
  dims: readonly number[],
  strides: readonly number[],
): ValueData {
  const out = makeData(x.type, sizeOf(dims));
  const index = dims.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from] as never;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < dims[axis]!) break;
      from -= strides[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

const FLOAT_FUNCTIONS: Record<string, (x: number) => number> = {
  Neg: (x) => -x,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
};

/** op(x) of a float32 constant; one element for a splat. */
export function foldUnary(op: string, x: Value): ValueData | undefined {
  const apply = FLOAT_FUNCTIONS[op];
  return apply && x.type === "float32" ? (x.constant!.data as Float32Array).map(apply) : undefined;
}

const FLOAT_OPS: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

/** op(a, b) of two float32 constants broadcast to `dims`; one element when both are splats. */
export function foldBinary(op: string, a: Value, b: Value, dims: readonly number[]): ValueData | undefined {
  const apply = FLOAT_OPS[op];
  if (!apply || a.type !== "float32" || b.type !== "float32") return undefined;
  if (a.constant!.splat && b.constant!.splat)
    return Float32Array.of(apply(a.constant!.data[0] as number, b.constant!.data[0] as number));
  const [left, right] = [broadcastData(a, dims), broadcastData(b, dims)];
  return Float32Array.from(left, (element, i) => apply(element, right[i]!));
}

function broadcastData(x: Value, dims: readonly number[]): Float32Array {
  const padded = [...Array<number>(dims.length - x.dims.length).fill(1), ...x.dims];
  const strides = stridesOf(padded).map((stride, axis) => (padded[axis] === 1 ? 0 : stride));
  return pickStrided(denseData(x), x, dims, strides) as Float32Array;
}

/** Plain records that cross a border between packages: no live tfjs or ONNX Runtime tensors. */

/** Element types used anywhere in mmgan. int64 data is a BigInt64Array, bool a Uint8Array of 0 and 1. */
export type ElementType = "float32" | "int32" | "int64" | "uint8" | "bool";

export type ElementArray = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** A dense tensor, row-major. `data.length` is the product of `dims`. */
export interface PlainTensor {
  readonly dims: readonly number[];
  readonly type: ElementType;
  readonly data: ElementArray;
}

/** `count` pictures of one size, 8 bits a channel, row-major [count, height, width, channels]. */
export interface ImageBatch {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** 1 (grey) or 3 (RGB). */
  readonly channels: number;
  /** Values 0..255, length count * height * width * channels. */
  readonly data: Uint8Array;
}

/** `count` points of `dim` coordinates, row-major [count, dim]. */
export interface PointBatch {
  readonly count: number;
  readonly dim: number;
  readonly data: Float32Array;
}

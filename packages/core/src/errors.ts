/** Every error mmgan expects: one base class, one stable code each, one wording made by `expected`. */

import type { RowErrorCode } from "./row-errors.js";

/**
 * The one wording: "Expected {what} for {name} but received {received}. {remedy}".
 *
 * @param what - what would have been right, e.g. "an integer from 1 to 1024"
 * @param name - the offending argument, option, file or field
 * @param received - what came instead
 * @param remedy - what to do about it, a sentence; its full stop is added where it ends in none of . ? !
 */
export function expected(what: string, name: string, received: unknown, remedy?: string): string {
  const message = `Expected ${what} for ${name} but received ${shown(received)}.`;
  if (!remedy) return message;
  return `${message} ${/[.?!]$/.test(remedy) ? remedy : `${remedy}.`}`;
}

/** A value as a message shows it: text as it is, NaN and infinities by name, anything long cut at 200 characters. */
function shown(value: unknown): string {
  const text =
    typeof value === "object" && value !== null && !ArrayBuffer.isView(value) ? toJson(value) : String(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

function toJson(value: object): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value); // a circular value or a bigint inside
  }
}

/** Base of all expected errors. `code` is stable and safe to switch on; the message is for people. */
export abstract class MmganError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An argument or option outside its range or of the wrong type. */
export class ArgumentError extends MmganError {
  readonly code = "E_ARGUMENT";
}
/** A name (data set, recipe, loss, option, device, ...) that does not exist; the message gives the nearest valid one. */
export class UnknownNameError extends MmganError {
  readonly code = "E_UNKNOWN_NAME";
}
/** A tensor whose shape or type does not fit. */
export class ShapeError extends MmganError {
  readonly code = "E_SHAPE";
}
/** A data set that is not there: the message names the command that brings it. */
export class DataMissingError extends MmganError {
  readonly code = "E_DATA_MISSING";
}
/** A data file that is there but wrong: truncated, corrupt, failed checksum. Names file and check. */
export class DataCorruptError extends MmganError {
  readonly code = "E_DATA_CORRUPT";
}
/** A download that failed after its retries and mirrors. */
export class DownloadError extends MmganError {
  readonly code = "E_DOWNLOAD";
}
/** A folder without a single image. */
export class EmptyFolderError extends MmganError {
  readonly code = "E_EMPTY_FOLDER";
}
/** An image that cannot be read or decoded. */
export class ImageError extends MmganError {
  readonly code = "E_IMAGE";
  /** What kind of failure it is, e.g. "E_IMAGE_EMPTY": the code of its row in a list of errors. */
  readonly rowCode: RowErrorCode;
  /** Why alone, without the path and the remedy, e.g. "it is empty (0 bytes)". */
  readonly reason: string;

  constructor(
    message: string,
    options: { cause?: unknown; reason?: string; rowCode?: RowErrorCode | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = options.reason ?? message;
    this.rowCode = options.rowCode ?? "E_IMAGE_CORRUPT";
  }
}
/** A checkpoint that is truncated, corrupt or of another network. */
export class CheckpointError extends MmganError {
  readonly code = "E_CHECKPOINT";
}
/** A bundle that is missing a file, fails a checksum, breaks the schema or names a path outside its folder. */
export class BundleError extends MmganError {
  readonly code = "E_BUNDLE";
}
/** A bundle written in a newer format than this version reads. */
export class BundleVersionError extends MmganError {
  readonly code = "E_BUNDLE_VERSION";
}
/** A tfjs kernel without an ONNX lowering; the message names the kernel. */
export class KernelError extends MmganError {
  readonly code = "E_KERNEL";
}
/** An operator set too old for an operator that a graph needs; the message names kernel, operator and the least set. */
export class OpsetError extends MmganError {
  readonly code = "E_OPSET";

  /** The least operator set that will do. */
  readonly needed: number;

  constructor(message: string, options: { cause?: unknown; needed?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.needed = options.needed ?? 0;
  }
}
/** A TensorFlow.js model that cannot be read or converted: its model.json, its weights, or a layer that is not known. */
export class ModelError extends MmganError {
  readonly code = "E_MODEL";
}
/** A traced function or ONNX graph that is not valid: data-dependent values, wrong shapes, unknown inputs. */
export class TraceError extends MmganError {
  readonly code = "E_TRACE";
}
/** A training engine that is not there; says what to install. */
export class EngineError extends MmganError {
  readonly code = "E_ENGINE";
}
/** A process that a bench compares with did not answer as agreed, or computed something else. Names it and the remedy. */
export class PeerError extends MmganError {
  readonly code = "E_PEER";
}
/** An execution device that is not there; says what to install and what `auto` would take. */
export class DeviceError extends MmganError {
  readonly code = "E_DEVICE";
}
/** Too little memory for a step: says how much it needs, how much there is, and which batch fits. */
export class MemoryError extends MmganError {
  readonly code = "E_MEMORY";
}
/** Two engines that should agree and do not: names the first tensor that differs. */
export class DifferenceError extends MmganError {
  readonly code = "E_DIFFERENCE";
}
/** NaN or infinity in training: names the loss and step; checkpoints of earlier steps are kept. */
export class DivergedError extends MmganError {
  readonly code = "E_DIVERGED";
}
/** `--resume` with another config: names the fields that differ. */
export class ResumeError extends MmganError {
  readonly code = "E_RESUME";
}
/** An output folder in use by another process, or not empty and not asked to be resumed. */
export class FolderInUseError extends MmganError {
  readonly code = "E_FOLDER_IN_USE";
}
/** A results file, or one that goes with it, that is missing, damaged, or of a newer schema. Names file and line. */
export class ResultsError extends MmganError {
  readonly code = "E_RESULTS";
}
/** No space left on the device that holds the output. */
export class DiskFullError extends MmganError {
  readonly code = "E_DISK_FULL";
}
/** A method called on a model after `dispose()`. */
export class DisposedError extends MmganError {
  readonly code = "E_DISPOSED";
}
/** Stopped on request (Ctrl-C or an AbortSignal); what was done so far is on disk. */
export class InterruptedError extends MmganError {
  readonly code = "E_INTERRUPTED";
}
/** Something that mmgan does on other platforms alone; says what to do on this one. */
export class PlatformError extends MmganError {
  readonly code = "E_PLATFORM";
}

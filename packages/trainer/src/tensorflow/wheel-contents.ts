/** What the set-up takes out of a TensorFlow wheel: the C library and the headers of its interface. */

import { mustBeWheelOf, type WheelContents, type WheelName } from "../wheels/wheel.js";

/** The shared libraries, by their path in the wheel; TensorFlow 2 keeps these names. */
export const WHEEL_LIBRARIES = [
  "tensorflow/libtensorflow_framework.so.2",
  "tensorflow/libtensorflow_cc.so.2",
] as const;

export const TENSORFLOW_CONTENTS: WheelContents = {
  // The header is the one that the addon includes first.
  required: [...WHEEL_LIBRARIES, "tensorflow/include/tensorflow/c/c_api.h"],
  // Headers of the C interface, and the few that they include from elsewhere, whose folders change with the version.
  also: /^tensorflow\/include\/(tensorflow\/c\/.*|(.*\/)?(ctstring|ctstring_internal|tsl_status))\.h$/,
};

/** @throws ArgumentError unless a wheel's name says that it carries TensorFlow for Linux x64 */
export const mustBeTensorflowWheel = (path: string): WheelName =>
  mustBeWheelOf(path, /^tensorflow(-cpu|-intel)?$/, "tensorflow or tensorflow_cpu");

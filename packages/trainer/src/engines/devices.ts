/** The devices of the onnxruntime-node that training runs on. */

import { createRequire } from "node:module";
import { OnnxDevices } from "@mmgan/node-io";

/** Path of onnxruntime-node's entry file, as this package resolves it. @throws when it is not installed */
export const onnxRuntimePath = (): string => createRequire(import.meta.url).resolve("onnxruntime-node");

/** Probes answer in a process of their own; what works is remembered. */
export const trainingDevices = new OnnxDevices(onnxRuntimePath);

/** The compiler of functions of tensors on Node. */

import * as ort from "onnxruntime-node";
import { type Compile, compilerOf } from "./compiler.js";

export const compile: Compile = compilerOf(ort, { writesInto: true });

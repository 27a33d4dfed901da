/** All lowerings, by tfjs kernel name. */

import { activationKernels } from "./activation.js";
import { binaryKernels } from "./binary.js";
import { convolutionKernels } from "./convolution.js";
import { countingKernels } from "./counting.js";
import { creationKernels } from "./creation.js";
import { imageKernels } from "./image.js";
import { indexingKernels } from "./indexing.js";
import { logicalKernels } from "./logical.js";
import type { Lowering } from "./lowering.js";
import { matmulKernels } from "./matmul.js";
import { morphologyKernels } from "./morphology.js";
import { normalizationKernels } from "./normalization.js";
import { poolingKernels } from "./pooling.js";
import { reductionKernels } from "./reduction.js";
import { resizeKernels } from "./resize.js";
import { scatterKernels } from "./scatter.js";
import { shapeKernels } from "./shape.js";
import { unaryKernels } from "./unary.js";
import { volumeKernels } from "./volume.js";

export const LOWERINGS: Readonly<Record<string, Lowering>> = {
  ...unaryKernels,
  ...binaryKernels,
  ...logicalKernels,
  ...reductionKernels,
  ...activationKernels,
  ...matmulKernels,
  ...convolutionKernels,
  ...shapeKernels,
  ...indexingKernels,
  ...creationKernels,
  ...normalizationKernels,
  ...poolingKernels,
  ...resizeKernels,
  ...imageKernels,
  ...volumeKernels,
  ...morphologyKernels,
  ...scatterKernels,
  ...countingKernels,
};

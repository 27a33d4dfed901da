/** Tests only: on importing, tfjs runs on its cpu backend with the tracer's zero gradients for comparisons. */

import { registerSecondGradients } from "@mmgan/export";
import * as tf from "@tensorflow/tfjs";

registerSecondGradients();
tf.enableProdMode();
await tf.setBackend("cpu");
await tf.ready();

export { tf };

/** docs/kernels.md, from the exporter's registry of kernels and what tfjs-core's tests have shown of each. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./set-up.mjs";

const FACTS = join(root, "test/conformance/kernel-facts.json");

/**
 * @param {Readonly<Record<string, unknown>>} lowerings - by kernel
 * @param {Readonly<Record<string, string>>} limits - what a lowering cannot do
 * @param {Readonly<Record<string, string>>} without - kernels without a lowering, with the reason
 * @returns {string} the page
 */
export function renderKernels(lowerings, limits, without) {
  const facts = JSON.parse(readFileSync(FACTS, "utf8"));
  const rows = Object.keys(lowerings)
    .sort()
    .map((kernel) => {
      const { operators = [], types = [], opsets = [] } = facts[kernel] ?? {};
      const form =
        operators.length > 0 ? operators.join(", ") : facts[kernel] ? "a constant, or its input" : "";
      return [
        kernel,
        form,
        types.join(", "),
        opsets.length > 0 ? Math.max(...opsets) : "",
        limits[kernel] ?? "",
      ];
    });
  const missing = Object.entries(without).sort(([a], [b]) => (a < b ? -1 : 1));
  return `# Kernels

Every kernel of TensorFlow.js, as \`npm run docs\` writes them from the exporter's registry. The ONNX form is every operator
that tfjs-core's own tests of the kernel have needed, in whatever order and number; types are those of its inputs there;
the opset is the oldest that holds all of these calls. A cell is empty where no test reaches the kernel.

## With an ONNX form: ${rows.length}

${table(["kernel", "ONNX form", "types", "opset", "limits"], rows)}

A kernel of your own gets its form with \`registerLowering\`:

\`\`\`js
import { registerLowering } from "@mmgan/export";

// tf.engine().runKernel("Cube", { x }) as two products
registerLowering("Cube", ({ ops, inputs: { x } }) => ops.binary("Mul", ops.binary("Mul", x, x), x));
\`\`\`

On the command line such a module is given with \`mmgan convert --register\`.

## Without one: ${missing.length}

${table(["kernel", "reason"], missing)}

## Above kernels

| in the model | in ONNX |
|---|---|
| SimpleRNN, GRU, LSTM, Bidirectional of tfjs-layers | RNN, GRU, LSTM; unrolled with a mask, or with an activation other than tanh, sigmoid, hardSigmoid, relu, softsign, softplus |
| While, StatelessWhile of a GraphModel | Loop; its variables keep their shapes |
| If, StatelessIf | If; both branches give the same types and shapes |
| TensorList operations | one tensor, [elements, ...element shape]; lists of a fixed length |
| Switch, Merge, Enter, Exit, NextIteration, TensorArray operations (TensorFlow 1 loops) | refused, naming the node: freeze the model with functional control flow |
| string tensors, hash tables | refused, naming the input or node |
`;
}

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

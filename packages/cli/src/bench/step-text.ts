/** What `mmgan bench step` prints for people. */

import { formatBytes, textTable, threadCount } from "../output.js";
import type { NetResult, StepResult } from "./step.js";

const two = (value: number) => value.toFixed(2);

export function stepText({ threads, device, tuned, node, product, nets }: StepResult): string {
  const head = `bench step: on ${device}, ${threadCount(threads)}, ${tuned ? "forms chosen by measurement" : "usual forms"}, Node ${node}; best product ${product.gflops.toFixed(0)} GFLOP/s (${product.shape})`;
  return [head, ...nets.map(netText)].join("\n\n");
}

function netText(one: NetResult): string {
  const { net, recipe, batch, ganBatch, filters, size, timings, limits, period, profile, peers } = one;
  const sizes = ganBatch === batch ? `batch ${batch}` : `batch ${batch}, of the GAN ${ganBatch}`;
  const rows = timings.map(({ name, runs, minMs, medianMs, perSecond, float32, peakBytes }) => [
    float32 ? name : `${name} (no rival)`,
    `${runs}`,
    two(minMs),
    two(medianMs),
    perSecond!.toFixed(0),
    formatBytes(peakBytes),
  ]);
  const lines = [
    `net ${net}, ${recipe === "bare" ? "Algorithm 1 alone" : `recipe ${recipe}`}: ${sizes}, ${filters} filters, ${size}x${size}`,
    textTable([["step", "runs", "min ms", "median ms", "images/s", "peak memory"], ...rows]),
    ...limits.map(
      ({ variant, gflop, limitMs, overLimit }) =>
        `${variant}: ${two(gflop)} GFLOP, at best ${two(limitMs)} ms${overLimit ? `; ours / limit ${two(overLimit.median)} (least times ${two(overLimit.min)})` : ""}`,
    ),
    ...(period ?? []).map(
      ({ engine, medianMs, minMs }) =>
        `${engine}, mean step of a GAN period: ${two(medianMs)} ms (least times ${two(minMs)})`,
    ),
  ];
  for (const { variant, families } of profile) {
    const shares = families.map(({ family, share }) => `${family} ${(100 * share).toFixed(0)} %`);
    lines.push(`${variant}, onnx: ${shares.join(", ")}`);
  }
  for (const peer of peers)
    lines.push(
      `${peer.name} / best float32 peer: ${two(peer.ratio.median)} (least times ${two(peer.ratio.min)}), against ${peer.engine} ${peer.best}; losses differ by ${peer.largestLossDifference.toExponential(1)}`,
    );
  return lines.join("\n");
}

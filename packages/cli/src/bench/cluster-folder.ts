/** `mmgan bench folder`: files to clusters, beside decoding alone, and beside Python. */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, PeerError } from "@mmgan/core";
import { log, textTable } from "../output.js";
import { type BenchBundle, type BundleOptions, withBundle } from "./bundle.js";
import { Contender } from "./contender.js";
import { KIND_TEXT, KINDS, type Kind, makePictures } from "./made-pictures.js";
import { startPeer } from "./peers.js";

export interface FolderOptions extends BundleOptions {
  /** Files of each kind. */
  count?: number;
  runs?: number;
  threads?: number;
  /** A folder of pictures of one's own, in the place of made ones. */
  folder?: string;
  /** Python with Pillow and onnxruntime. */
  peer?: string;
}

export type Who = "decode" | "mmgan" | "peer";

export interface FolderTiming {
  who: Who;
  /** Images a second in each run. */
  rates: number[];
  /** Median of them. */
  perSecond: number;
  /** Most memory of the processes. */
  peakBytes: number;
}

export interface FolderResult {
  bench: "folder";
  settings: Record<string, string | number>;
  folders: {
    pictures: string;
    files: number;
    timings: FolderTiming[];
    /** Images a second of mmgan over the other's. */
    ratios: { against: Exclude<Who, "mmgan">; ratio: number }[];
  }[];
}

const COUNT = 20_000;
const RUNS = 3;
/** Share of PNG files that Python must put into the same cluster: both see the same pixels there. */
const SAME_SHARE = 0.999;

export async function benchFolder(options: FolderOptions, signal: AbortSignal): Promise<FolderResult> {
  return withBundle(options, signal, async (bundle) => {
    const { count = COUNT, runs = RUNS, peer, model, folder: own } = options;
    const threads = options.threads ?? availableParallelism();
    const settings: FolderResult["settings"] = {
      ...{ bundle: model ?? "untrained", threads, runs, node: process.versions.node },
    };
    const folders: FolderResult["folders"] = [];
    for (const kind of own === undefined ? KINDS : [undefined]) {
      const folder = own ?? join(bundle.temporary, kind!);
      if (kind) {
        log(`making ${count} files: ${KIND_TEXT[kind]}`);
        await makePictures(folder, kind, count, signal);
      }
      const found = await measure(bundle, folder, { kind, runs, threads, peer, settings }, signal);
      folders.push({ pictures: kind ? KIND_TEXT[kind] : folder, ...found });
    }
    return { bench: "folder", settings, folders };
  });
}

interface Answer {
  ms: number[];
  peakBytes: number;
  clusters: number[];
}

/** Each in a process of its own, in turn, run after run. The first run of each reads files that the next find in memory. */
async function measure(
  { folder: bundle, manifest, temporary }: BenchBundle,
  folder: string,
  about: {
    kind: Kind | undefined;
    runs: number;
    threads: number;
    peer: string | undefined;
    settings: FolderResult["settings"];
  },
  signal: AbortSignal,
): Promise<Omit<FolderResult["folders"][number], "pictures">> {
  const { kind, runs, threads, peer, settings } = about;
  const { input } = manifest;
  if (input.kind !== "image")
    throw new PeerError("Expected a bundle of pictures for --model but this one is of points.");
  const command = {
    ...{ do: "setup", folder, bundle, threads, out: join(temporary, "results.csv") },
    shape: [input.height, input.width, input.channels],
  };
  const child = (name: string) =>
    new Contender({
      ...{ name, file: process.execPath, threads, signal },
      args: [fileURLToPath(new URL("./folder-child.js", import.meta.url))],
    });
  const contenders: [Who, Contender][] = [
    ["decode", child("decoding")],
    ["mmgan", child("mmgan cluster")],
  ];
  if (peer !== undefined) contenders.push(["peer", startPeer(peer, "folder.py", threads, signal)]);
  const answers = new Map<Who, Answer>();
  try {
    for (const [, contender] of contenders) {
      const { python } = await contender.ask<{ python?: string }>(command);
      if (python) settings.python = python;
    }
    for (let run = 0; run < runs; run++)
      for (const [who, contender] of contenders) {
        const answer = await contender.ask<Answer>({ do: "run", variant: who, runs: 1 });
        const ms = [...(answers.get(who)?.ms ?? []), ...answer.ms];
        answers.set(who, { ...answer, ms });
      }
  } finally {
    for (const [, contender] of contenders) await contender.stop();
  }
  const files = answers.get("mmgan")!.clusters.length;
  if (kind === "png") mustAgree(answers.get("mmgan")!.clusters, answers.get("peer")?.clusters);
  const timings = [...answers].map(([who, { ms, peakBytes }]): FolderTiming => {
    const rates = ms.map((time) => (1000 * files) / time);
    return { who, rates, perSecond: median(rates), peakBytes };
  });
  const speed = (who: Who) => timings.find((timing) => timing.who === who)!.perSecond;
  const ratios = (["decode", "peer"] as const)
    .filter((against) => answers.has(against))
    .map((against) => ({ against, ratio: speed("mmgan") / speed(against) }));
  return { files, timings, ratios };
}

function mustAgree(ours: readonly number[], theirs: readonly number[] | undefined): void {
  if (!theirs) return;
  const same = theirs.filter((cluster, i) => cluster === ours[i]).length / ours.length;
  if (theirs.length !== ours.length || same < SAME_SHARE)
    throw new PeerError(
      `Expected the peer to put at least ${100 * SAME_SHARE} % of ${ours.length} pictures into the same clusters but it put ${(100 * same).toFixed(1)} %.`,
    );
}

const NAMES: Readonly<Record<Who, string>> = {
  decode: "sharp, decode and resize alone",
  mmgan: "mmgan cluster",
  peer: "Python",
};

export function folderText({ settings, folders }: FolderResult): string {
  const head = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return [
    `bench folder: ${head.join(", ")}`,
    ...folders.flatMap(({ pictures, files, timings, ratios }) => [
      "",
      textTable([
        [`${files} files: ${pictures}`, "images/s", "least", "most", "peak MB"],
        ...timings.map(({ who, rates, perSecond, peakBytes }) => [
          NAMES[who],
          ...[perSecond, Math.min(...rates), Math.max(...rates), peakBytes / 1e6].map((x) => x.toFixed(0)),
        ]),
      ]),
      ...ratios.map(({ against, ratio }) => `mmgan cluster: ${ratio.toFixed(2)} times ${NAMES[against]}`),
    ]),
  ].join("\n");
}

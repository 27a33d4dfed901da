/** Chooses the forms of convolutions by measurement: each candidate is timed on the device, the choices are kept. */

import { Rng } from "@mmgan/core";
import { type ChooseForm, type FormSite, formGraph, type RuntimeFeatures } from "@mmgan/export";
import * as ort from "onnxruntime-node";
import { type Choices, readChoices, writeChoices } from "./choices-file.js";

/** Another form must be this much faster than the one taken without a measurement: what lies closer is noise. */
const MARGIN = 1.1;
/** A candidate this much slower than the best after its first run is not timed again. */
const HOPELESS = 2;
const RUNS = 4;

export interface TunerOptions {
  /** Undefined: standard operators only. */
  runtime?: RuntimeFeatures;
  opset: number;
  /** Options of the sessions that are timed: device, threads. */
  session: ort.InferenceSession.SessionOptions;
  /** Where measurements are kept for other trainings; undefined: nowhere. */
  folder?: string;
  /** Where one training notes all it chose, defaults too, so that it resumes with the same; undefined: nowhere. */
  record?: string;
  /** What the choices hold for, besides the shapes: device, threads, block. */
  machine: Readonly<Record<string, string | number>>;
  /** Seconds after which what is not measured keeps its default. Default 5. */
  budget?: number;
  /** Clock in milliseconds, for tests. */
  now?: () => number;
  /** Milliseconds of one run, for tests. Default: a session of the form's graph is run. */
  time?: (site: FormSite, form: string) => Promise<() => Promise<number>>;
}

/** Equal for sites of equal geometry and equal candidates. */
export const siteKey = ({ kind, x, filter, strides, pads, candidates }: FormSite): string =>
  `${kind} x ${x.join("x")} filter ${filter.join("x")} strides ${strides} pads ${pads} of ${candidates}`;

/** Forms measured so far; `choose` is what a trace asks. One for each engine. */
export class Tuner {
  readonly #options: TunerOptions;
  readonly #choices: Promise<Choices>;
  #known: Choices = {};

  constructor(options: TunerOptions) {
    this.#options = options;
    const read = (folder?: string) => (folder ? readChoices(folder, options.machine) : {});
    this.#choices = Promise.all([read(options.folder), read(options.record)]).then((all) =>
      Object.assign({}, ...all),
    );
  }

  /** The choice measured for a site; undefined before {@link measure} saw it. */
  readonly choose: ChooseForm = (site) => this.#known[siteKey(site)];

  /** Measures the sites that `trace` comes by, each geometry once, and keeps what was found. */
  async measure(trace: (choose: ChooseForm) => unknown): Promise<void> {
    this.#known = { ...(await this.#choices), ...this.#known };
    const sites = new Map<string, FormSite>();
    trace((site) => {
      sites.set(siteKey(site), site);
      return this.choose(site);
    });
    const { budget = 5, now = () => performance.now(), folder, record, machine } = this.#options;
    const until = now() + 1000 * budget;
    const measured: Choices = {};
    const late: Choices = {};
    for (const [key, site] of sites) {
      if (this.#known[key] !== undefined) continue;
      if (now() > until) late[key] = site.candidates[0]!;
      else measured[key] = await this.#best(site);
    }
    Object.assign(this.#known, measured, late);
    if (folder && Object.keys(measured).length > 0) await writeChoices(folder, machine, measured);
    if (record) await writeChoices(record, machine, this.#known);
  }

  async #best(site: FormSite): Promise<string> {
    const time = this.#options.time ?? ((s: FormSite, form: string) => timed(s, form, this.#options));
    const least = new Map<string, number>();
    const runs = new Map<string, () => Promise<number>>();
    for (const form of site.candidates) {
      const run = await time(site, form);
      await run(); // the first run plans its memory
      least.set(form, await run());
      runs.set(form, run);
    }
    const bound = HOPELESS * Math.min(...least.values());
    // In turns, so that a slow moment of the machine hits all.
    for (let turn = 1; turn < RUNS; turn++)
      for (const [form, run] of runs)
        if (least.get(form)! <= bound) least.set(form, Math.min(least.get(form)!, await run()));
    const [fallback] = site.candidates as [string];
    let best = fallback;
    for (const [form, ms] of least)
      if (ms * MARGIN < least.get(fallback)! && ms < least.get(best)!) best = form;
    return best;
  }
}

/** Runs of a form's graph on numbers from a fixed seed; the session goes with the garbage. */
async function timed(
  site: FormSite,
  form: string,
  { opset, runtime, session }: TunerOptions,
): Promise<() => Promise<number>> {
  const { onnx, inputs } = formGraph(site, form, { opset, runtime });
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, dims] of Object.entries(inputs)) {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const numbers = new Rng({ seed: 0, stream: `tuner/${name}` }).normal(size);
    feeds[name] = new ort.Tensor("float32", numbers, [...dims]);
  }
  const made = await ort.InferenceSession.create(onnx, session);
  return async () => {
    const started = performance.now();
    await made.run(feeds);
    return performance.now() - started;
  };
}

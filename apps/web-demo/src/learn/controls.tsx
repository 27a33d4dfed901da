/** Play, pause, step; and the settings of a run. */

import { Choice, WholeNumber } from "../site/fields.js";
import type { LearnDevice } from "./messages.js";
import {
  change,
  changed,
  choose,
  chooseDevice,
  device,
  facts,
  packing,
  pause,
  play,
  RATES,
  rate,
  running,
  saveBundle,
  setRate,
  settings,
  start,
  status,
  stepOnce,
  view,
} from "./session.js";
import { CHOICES, LIMITS } from "./settings.js";

/** Whether the browser knows WebGPU; whether there is a graphics card shows when a run asks for it. */
const hasWebGpu = "gpu" in navigator;

function phaseText(): string {
  const seen = view.value;
  const gan = facts.value?.firstGanStep ?? 0;
  switch (status.value) {
    case "preparing":
      return "Preparing: tracing the step and starting ONNX Runtime";
    case "ready":
      return "Ready to learn";
    case "done":
      return "Done: all steps of this run are taken";
    case "failed":
      return "Stopped by an error";
    case "paused":
      return "Paused";
    case "playing":
      return seen && seen.step < gan ? "E learns alone" : "G, D, E and the mixture learn together";
  }
}

export function Transport() {
  const seen = view.value;
  const { value: now } = status;
  const busy = now === "preparing" || now === "failed";
  const playing = now === "playing";
  const steps = seen?.steps ?? settings.value.steps;
  const purity = seen?.heldOut.purity;
  return (
    <section class="transport" aria-label="Run">
      <div class="buttons">
        <button
          type="button"
          class="primary play"
          onClick={playing ? pause : play}
          disabled={busy || now === "done"}
        >
          <span aria-hidden="true">{playing ? "❚❚" : "▶"}</span> {playing ? "Pause" : "Play"}
        </button>
        <button type="button" onClick={() => stepOnce(1)} disabled={busy || playing || now === "done"}>
          Step
        </button>
        <button type="button" onClick={() => stepOnce(100)} disabled={busy || playing || now === "done"}>
          100 steps
        </button>
        <button
          type="button"
          onClick={start}
          disabled={now === "preparing"}
          class={changed.value ? "primary" : ""}
        >
          {changed.value ? "Start with new settings" : "Start over"}
        </button>
        <button
          type="button"
          onClick={saveBundle}
          disabled={busy || !seen || seen.step === 0 || packing.value}
        >
          {packing.value ? "Packing the model" : "Download this model"}
        </button>
      </div>
      <Choice label="Speed" value={rate.value} options={RATES} onChange={setRate} />
      <dl class="readouts">
        <div>
          <dt>Step</dt>
          <dd id="step">{(seen?.step ?? 0).toLocaleString("en-US")}</dd>
        </div>
        <div>
          <dt>Purity</dt>
          <dd id="purity">{purity === undefined ? "–" : purity.toFixed(3)}</dd>
        </div>
        <div>
          <dt>k-means</dt>
          <dd id="k-means">{facts.value ? facts.value.kMeans.purity.toFixed(3) : "–"}</dd>
        </div>
        <div>
          <dt>Steps/s</dt>
          <dd>{seen?.rate === undefined ? "–" : seen.rate.toFixed(seen.rate < 10 ? 1 : 0)}</dd>
        </div>
      </dl>
      <progress max={steps} value={seen?.step ?? 0} aria-label="Steps taken" />
      <p class="phase" role="status">
        {phaseText()}
      </p>
    </section>
  );
}

const SETS = { moons: "Two moons (points)", digits: "Handwritten digits, 8 x 8" } as const;
const DEVICES: Record<LearnDevice, string> = { wasm: "WebAssembly", webgpu: "WebGPU" };

export function Settings() {
  const { data, recipe, loss, pairing, init, clusters, steps, seed } = settings.value;
  const devices = hasWebGpu ? DEVICES : { wasm: DEVICES.wasm };
  return (
    <section class="settings" aria-labelledby="settings-title">
      <h2 id="settings-title">Settings</h2>
      <p class="note">
        {status.value === "ready" || !changed.value
          ? "Before the first step a change takes effect at once."
          : "The run goes on as it was started. Start with the new settings when you like."}
      </p>
      <div class="fields">
        <Choice label="Data" value={data} options={SETS} onChange={choose} />
        <Choice
          label="Recipe"
          value={recipe}
          options={CHOICES.recipe}
          onChange={(value) => change({ recipe: value })}
        />
        <Choice
          label="Loss"
          value={loss}
          options={CHOICES.loss}
          onChange={(value) => change({ loss: value })}
        />
        <Choice
          label="Pairing"
          value={pairing}
          options={CHOICES.pairing}
          onChange={(value) => change({ pairing: value })}
        />
        <Choice
          label="Means at the start"
          value={init}
          options={CHOICES.init}
          onChange={(value) => change({ init: value })}
        />
        <WholeNumber
          label="Clusters K"
          value={clusters}
          {...LIMITS.clusters}
          onChange={(value) => change({ clusters: value })}
        />
        <WholeNumber
          label="Steps"
          value={steps}
          {...LIMITS.steps}
          step={100}
          onChange={(value) => change({ steps: value })}
        />
        <WholeNumber
          label="Seed"
          value={seed}
          {...LIMITS.seed}
          onChange={(value) => change({ seed: value })}
        />
        <Choice
          label="Computed by"
          value={device.value}
          options={devices as Record<LearnDevice, string>}
          onChange={chooseDevice}
        />
      </div>
      <p class="note">
        {facts.value && running.value
          ? `ONNX Runtime on ${DEVICES[facts.value.device]}${facts.value.device === "wasm" ? `, ${facts.value.threads} thread${facts.value.threads === 1 ? "" : "s"}` : ""}. The step is traced in this page.`
          : "ONNX Runtime is starting."}
      </p>
    </section>
  );
}

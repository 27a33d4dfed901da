import { defaultSettings } from "./settings.js";
const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const t0 = performance.now();
worker.onmessage = ({ data }) => {
  if (data.kind === "view") {
    worker.postMessage({ kind: "seen" });
    document.title = `${Math.round(performance.now() - t0)} ms ${data.view.step} ${data.view.rate?.toFixed(0)} ${data.view.phase} purity ${data.view.heldOut.purity}`;
    console.log(document.title);
    if (data.view.step === 0) worker.postMessage({ kind: "play", rate: Infinity });
  } else console.log(data.kind, Math.round(performance.now() - t0), data.message ?? JSON.stringify(data.facts?.kMeans));
};
worker.postMessage({ kind: "start", settings: defaultSettings(new URLSearchParams(location.search).get("data") ?? "moons" as any), device: "wasm" });

/** Losses and purity over the steps, and how full the clusters are. */

import { type Curve, drawLines } from "../draw/lines.js";
import { type Draw, Plot } from "../draw/plot.js";
import { clusterColour, palette } from "../draw/theme.js";
import { facts, history, running, view } from "./session.js";

const LOSSES = {
  critic: "Critic D",
  generator: "Generator G",
  crossEntropy: "Cross-entropy of E",
  information: "Information",
} as const;
const SMOOTH = 0.95;

const shown = () =>
  (Object.keys(LOSSES) as (keyof typeof LOSSES)[]).filter((name) => history.value[`loss/${name}`]);

const drawLosses: Draw = (context, width, height, colours) => {
  const curves = shown().map(
    (name): Curve => ({ ...history.value[`loss/${name}`]!, colour: colours.lines[name]!, smooth: SMOOTH }),
  );
  drawLines(context, width, height, curves, { steps: stepsShown(), palette: colours });
};

const drawPurity: Draw = (context, width, height, colours) => {
  const { purity } = history.value;
  const baseline = facts.value?.kMeans.purity;
  drawLines(context, width, height, purity ? [{ ...purity, colour: colours.lines.generator! }] : [], {
    ...{ steps: stepsShown(), range: [0, 1], palette: colours },
    ...(baseline !== undefined && {
      mark: { value: baseline, text: `k-means ${(100 * baseline).toFixed(1)} %` },
    }),
  });
};

const stepsShown = () => view.value?.steps ?? running.value?.settings.steps ?? 1000;

export function Curves() {
  const colours = palette.value;
  const curves = history.value;
  const latest = (name: string) => curves[`loss/${name}`]?.values.at(-1);
  const shares = view.value?.shares ?? [];
  return (
    <section class="curves" aria-label="Figures of the run">
      <figure>
        <figcaption>
          <h2>Losses</h2>
          <ul class="legend">
            {(Object.entries(LOSSES) as [keyof typeof LOSSES, string][]).map(([name, title]) => (
              <li key={name} class={latest(name) === undefined ? "absent" : ""}>
                <svg width="18" height="8" aria-hidden="true">
                  <line x1="0" x2="18" y1="4" y2="4" stroke={colours.lines[name]} stroke-width="3" />
                </svg>
                {title} <span class="number">{latest(name)?.toFixed(2) ?? "–"}</span>
              </li>
            ))}
          </ul>
        </figcaption>
        <Plot class="wide" draw={drawLosses} label="The losses at every step, and their moving averages" />
      </figure>
      <figure>
        <figcaption>
          <h2>Purity on held-out data</h2>
          Labels are read for this figure alone, never for learning
        </figcaption>
        <Plot
          class="wide"
          draw={drawPurity}
          label={`Purity over the steps, now ${view.value ? view.value.heldOut.purity.toFixed(3) : "unknown"}; k-means reaches ${facts.value?.kMeans.purity.toFixed(3) ?? "unknown"}`}
        />
      </figure>
      <figure class="shares">
        <figcaption>
          <h2>Shares of the clusters</h2>
          In E's probabilities over the last batch
        </figcaption>
        <ol start={0}>
          {Array.from({ length: running.value?.settings.clusters ?? 2 }, (_, k) => (
            <li key={k}>
              <span class="number">{k}</span>
              <span class="bar">
                <span
                  style={{
                    width: `${100 * Math.min(1, shares[k] ?? 0)}%`,
                    background: clusterColour(colours, k),
                  }}
                />
              </span>
              <span class="number">
                {shares[k] === undefined ? "–" : `${(100 * shares[k]).toFixed(0)} %`}
              </span>
            </li>
          ))}
        </ol>
      </figure>
    </section>
  );
}

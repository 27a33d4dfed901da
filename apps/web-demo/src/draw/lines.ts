/** Curves over the steps of a run. */

import type { Palette } from "./theme.js";

/** A curve: steps ascending, a value for each. */
export interface Curve {
  readonly steps: readonly number[];
  readonly values: readonly number[];
  readonly colour: string;
  /** Share of the curve before in each point of the smoothed line, 0 to below 1. Default 0: as it is. */
  readonly smooth?: number;
}

export interface LinesOptions {
  /** The last step of the axis. */
  readonly steps: number;
  /** Ends of the value axis. Default: those of the curves. */
  readonly range?: readonly [number, number];
  /** A dashed line across at a value, with what it is. */
  readonly mark?: { readonly value: number; readonly text: string };
  readonly palette: Palette;
}

const LEFT = 40;
const BOTTOM = 20;
const TOP = 8;
const RIGHT = 10;

export function drawLines(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  curves: readonly Curve[],
  { steps, range, mark, palette }: LinesOptions,
): void {
  const [low, high] = range ?? rangeOf(curves);
  const x = (step: number) => LEFT + (step / steps) * (width - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - (value - low) / (high - low)) * (height - TOP - BOTTOM);
  context.font = "11px system-ui, sans-serif";
  context.lineWidth = 1;
  context.textBaseline = "middle";
  for (const value of ticks(low, high, 4)) {
    context.strokeStyle = palette.faint;
    line(context, [LEFT, y(value)], [width - RIGHT, y(value)]);
    context.fillStyle = palette.ink;
    context.textAlign = "right";
    context.fillText(shortNumber(value), LEFT - 6, y(value));
  }
  context.textBaseline = "alphabetic";
  for (const step of ticks(0, steps, 4)) {
    context.fillStyle = palette.ink;
    context.textAlign = step === 0 ? "left" : step === steps ? "right" : "center";
    context.fillText(step.toLocaleString("en-US"), x(step), height - 5);
  }
  if (mark) {
    context.strokeStyle = palette.ink;
    context.setLineDash([5, 4]);
    line(context, [LEFT, y(mark.value)], [width - RIGHT, y(mark.value)]);
    context.setLineDash([]);
    context.textAlign = "right";
    context.fillText(mark.text, width - RIGHT - 2, y(mark.value) + (mark.value > (low + high) / 2 ? 13 : -5));
  }
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, width - LEFT, height - BOTTOM + 1);
  context.clip();
  for (const { steps: at, values, colour, smooth = 0 } of curves) {
    context.strokeStyle = colour;
    if (smooth > 0) {
      context.globalAlpha = 0.25;
      context.lineWidth = 1;
      path(context, at.map(x), values.map(y));
      context.globalAlpha = 1;
    }
    context.lineWidth = 2;
    path(context, at.map(x), smoothed(values, smooth).map(y));
  }
  context.restore();
}

/** Exponential moving average without the bias of its start. */
export function smoothed(values: readonly number[], decay: number): number[] {
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = decay * sum + (1 - decay) * value;
    weight = decay * weight + (1 - decay);
    return sum / weight;
  });
}

/** Round numbers between two, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * power >= rough)! * power;
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
    found.push(i === 0 ? 0 : i * step);
  return found;
}

/** The ends of all values but the outermost 2 %, so that one wild step does not flatten the rest. */
function rangeOf(curves: readonly Curve[]): [number, number] {
  const all = curves.flatMap(({ values }) => values).sort((a, b) => a - b);
  if (all.length === 0) return [0, 1];
  const low = Math.min(0, all[Math.floor(0.02 * (all.length - 1))]!);
  const high = all[Math.ceil(0.98 * (all.length - 1))]!;
  const air = 0.08 * (high - low) || 0.5;
  return [low < 0 ? low - air : 0, high + air];
}

function line(context: CanvasRenderingContext2D, from: [number, number], to: [number, number]): void {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

function path(context: CanvasRenderingContext2D, xs: readonly number[], ys: readonly number[]): void {
  context.beginPath();
  for (let i = 0; i < xs.length; i++) {
    if (i === 0) context.moveTo(xs[i]!, ys[i]!);
    else context.lineTo(xs[i]!, ys[i]!);
  }
  context.stroke();
}

/** As few digits as tell ticks apart. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3)));
}

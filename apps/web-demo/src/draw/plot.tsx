/** A canvas that is drawn anew whenever what it shows, its size or the theme changes. */

import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Palette, palette } from "./theme.js";

/** Draws on a cleared context, in CSS pixels. Signals that it reads make it run again. */
export type Draw = (
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  palette: Palette,
) => void;

export interface PlotProps {
  readonly draw: Draw;
  /** What the picture says, for those who do not see it. */
  readonly label: string;
  readonly class?: string;
}

export function Plot({ draw, label, class: name = "" }: PlotProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useMemo(() => signal({ width: 0, height: 0 }), []);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      if (width !== size.peek().width || height !== size.peek().height) size.value = { width, height };
    });
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, [size]);
  useSignalEffect(() => {
    const { width, height } = size.value;
    const colours = palette.value;
    const element = canvas.current;
    if (!element || width === 0) return;
    const scale = Math.min(devicePixelRatio || 1, 3);
    const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
    if (element.width !== across || element.height !== down)
      Object.assign(element, { width: across, height: down });
    const context = element.getContext("2d")!;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, width, height, colours);
  });
  return <canvas ref={canvas} class={`plot ${name}`} role="img" aria-label={label} />;
}

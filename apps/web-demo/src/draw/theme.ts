/** Light and dark: as the system has it, or as the visitor chose; and the colours of what is drawn. */

import { computed, effect, signal } from "@preact/signals";

export type Theme = "light" | "dark";

export interface Palette {
  readonly theme: Theme;
  readonly background: string;
  readonly ink: string;
  /** Axes, grids, what is in the background. */
  readonly faint: string;
  /** Points that belong to no cluster. */
  readonly muted: string;
  /** Low and high ends of a surface, as red, green, blue. */
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
  /** One for each cluster, told apart by the colour-blind as far as twelve can be. */
  readonly clusters: readonly string[];
  readonly lines: Readonly<Record<string, string>>;
}

const LINES = {
  light: { critic: "#b3541e", generator: "#00688b", crossEntropy: "#7a4a9e", information: "#2d6a1f" },
  dark: { critic: "#ff9f66", generator: "#63c7f2", crossEntropy: "#cda6f0", information: "#8fd67c" },
};

/** Okabe and Ito 2008, then four of Tol's muted ones. */
const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    theme: "light",
    background: "#ffffff",
    ink: "#1b2230",
    faint: "#d9dde5",
    muted: "#9aa3b2",
    low: [250, 250, 252],
    high: [158, 178, 214],
    clusters: [
      ...["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b87c00", "#3a9bd9"],
      ...["#4b4b57", "#9a8c00", "#882255", "#2f8f83", "#6f5bd0", "#7a3b12"],
    ],
    lines: LINES.light,
  },
  dark: {
    theme: "dark",
    background: "#161b26",
    ink: "#e9edf5",
    faint: "#333c4d",
    muted: "#7d8799",
    low: [22, 27, 38],
    high: [74, 101, 158],
    clusters: [
      ...["#4db2f0", "#ff8a3d", "#2fd0a3", "#f0a6cd", "#ffc44d", "#8fd3ff"],
      ...["#c9ccd6", "#f0e442", "#e06699", "#66d9cc", "#a99bff", "#d49a73"],
    ],
    lines: LINES.dark,
  },
};

const KEY = "mmgan-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const ofSystem = signal<Theme>(dark.matches ? "dark" : "light");
dark.addEventListener("change", () => {
  ofSystem.value = dark.matches ? "dark" : "light";
});

const chosen = signal<Theme | undefined>(remembered());
export const theme = computed<Theme>(() => chosen.value ?? ofSystem.value);
export const palette = computed<Palette>(() => PALETTES[theme.value]);

effect(() => {
  if (chosen.value) document.documentElement.dataset.theme = chosen.value;
});

export function toggleTheme(): void {
  chosen.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, chosen.value);
  } catch {
    // A browser that keeps nothing still shows it.
  }
}

function remembered(): Theme | undefined {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The colour of a cluster; they repeat after twelve. */
export function clusterColour({ clusters }: Palette, cluster: number): string {
  return clusters[cluster % clusters.length]!;
}

/** "#0072b2" as red, green, blue. */
export function rgbOf(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

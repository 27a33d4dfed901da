/** What a person corrected: names of clusters, and pictures moved to others. Knows nothing of the page. */

/** The file that `mmgan apply` takes. */
export interface CorrectionsFile {
  readonly schema: "1.0.0";
  readonly names: Readonly<Record<string, string>>;
  readonly moves: readonly { readonly path: string; readonly cluster: number }[];
}

/** What is corrected. Pictures are numbers. */
export interface Corrected {
  readonly clusters: number;
  readonly pictures: number;
  clusterOf(picture: number): number;
  nameOf(cluster: number): string | null;
  pathOf(picture: number): string;
  pictureOf(path: string): number | undefined;
}

/** Values to put back, null for "as in the results". */
type Change =
  | { readonly kind: "name"; readonly cluster: number; readonly before: string | null }
  | { readonly kind: "move"; readonly before: ReadonlyMap<number, number | null> };

/** Steps that can be undone. */
const HISTORY_MAX = 500;

export class Corrections {
  readonly #of: Corrected;
  readonly #names = new Map<number, string>();
  readonly #moves = new Map<number, number>();
  #savedNames = new Map<number, string>();
  #savedMoves = new Map<number, number>();
  readonly #history: Change[] = [];
  readonly #listeners: (() => void)[] = [];

  constructor(of: Corrected) {
    this.#of = of;
  }

  /** Calls back after every change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  nameOf(cluster: number): string | null {
    return this.#names.get(cluster) ?? this.#of.nameOf(cluster);
  }

  clusterOf(picture: number): number {
    return this.#moves.get(picture) ?? this.#of.clusterOf(picture);
  }

  /** Cluster -> its new name. */
  get names(): ReadonlyMap<number, string> {
    return this.#names;
  }

  /** Picture -> the cluster it was moved to. */
  get moves(): ReadonlyMap<number, number> {
    return this.#moves;
  }

  get count(): number {
    return this.#names.size + this.#moves.size;
  }

  /** Corrections that the file saved last does not hold, or holds and should not any more. */
  get unsaved(): number {
    return differences(this.#names, this.#savedNames) + differences(this.#moves, this.#savedMoves);
  }

  get canUndo(): boolean {
    return this.#history.length > 0;
  }

  /** The name in the results takes a correction back. */
  rename(cluster: number, name: string): void {
    if (name === this.nameOf(cluster)) return;
    this.#remember({ kind: "name", cluster, before: this.#names.get(cluster) ?? null });
    this.#setName(cluster, name);
    this.#changed();
  }

  /** @returns how many pictures were in another cluster before */
  move(pictures: Iterable<number>, cluster: number): number {
    const moved = [...pictures].filter((picture) => this.clusterOf(picture) !== cluster);
    if (moved.length === 0) return 0;
    this.#remember({ kind: "move", before: this.#placesOf(moved) });
    for (const picture of moved) this.#setCluster(picture, cluster);
    this.#changed();
    return moved.length;
  }

  /** Takes corrections of these back, as one step. */
  revert({
    clusters = [],
    pictures = [],
  }: {
    clusters?: Iterable<number>;
    pictures?: Iterable<number>;
  }): void {
    const moved = [...pictures].filter((picture) => this.#moves.has(picture));
    if (moved.length > 0) {
      this.#remember({ kind: "move", before: this.#placesOf(moved) });
      for (const picture of moved) this.#moves.delete(picture);
    }
    for (const cluster of clusters) {
      const before = this.#names.get(cluster);
      if (before === undefined) continue;
      this.#remember({ kind: "name", cluster, before });
      this.#names.delete(cluster);
    }
    this.#changed();
  }

  undo(): void {
    const change = this.#history.pop();
    if (!change) return;
    if (change.kind === "name") this.#setName(change.cluster, change.before);
    else for (const [picture, cluster] of change.before) this.#setCluster(picture, cluster);
    this.#changed();
  }

  /** In the order of clusters and of the page, so that the same corrections give the same file. */
  file(): CorrectionsFile {
    const sorted = <T>(map: ReadonlyMap<number, T>) => [...map].sort(([a], [b]) => a - b);
    return {
      schema: "1.0.0",
      names: Object.fromEntries(sorted(this.#names)),
      moves: sorted(this.#moves).map(([picture, cluster]) => ({ path: this.#of.pathOf(picture), cluster })),
    };
  }

  /** The file as it stands is on the user's disk. */
  markSaved(): void {
    this.#savedNames = new Map(this.#names);
    this.#savedMoves = new Map(this.#moves);
    this.#changed();
  }

  /**
   * Adds the corrections of a file to those that are there.
   *
   * @param value - parsed JSON
   * @returns how many were taken, and how many speak of pictures or clusters that are not here
   * @throws Error when it is no corrections file
   */
  load(value: unknown): { taken: number; unknown: number } {
    const { names, moves } = mustBeCorrections(value);
    const named = Object.entries(names).map(([cluster, name]) => [Number(cluster), name] as const);
    const placed = moves.map(({ path, cluster }) => [this.#of.pictureOf(path), cluster] as const);
    const isCluster = (cluster: number) =>
      Number.isInteger(cluster) && cluster >= 0 && cluster < this.#of.clusters;
    let taken = 0;
    const before = new Map<number, number | null>();
    for (const [picture, cluster] of placed) {
      if (picture === undefined || !isCluster(cluster)) continue;
      taken++;
      if (this.clusterOf(picture) === cluster) continue;
      before.set(picture, this.#moves.get(picture) ?? null);
      this.#setCluster(picture, cluster);
    }
    if (before.size > 0) this.#remember({ kind: "move", before });
    for (const [cluster, name] of named) {
      if (!isCluster(cluster)) continue;
      taken++;
      if (this.nameOf(cluster) === name) continue;
      this.#remember({ kind: "name", cluster, before: this.#names.get(cluster) ?? null });
      this.#setName(cluster, name);
    }
    this.#changed();
    return { taken, unknown: named.length + placed.length - taken };
  }

  /** What a browser keeps between two visits: the corrections, and those that were saved. */
  toStored(): { current: CorrectionsFile; saved: CorrectionsFile } {
    const saved = new Corrections(this.#of);
    for (const [cluster, name] of this.#savedNames) saved.#names.set(cluster, name);
    for (const [picture, cluster] of this.#savedMoves) saved.#moves.set(picture, cluster);
    return { current: this.file(), saved: saved.file() };
  }

  /** Takes up what `toStored` gave. What the results hold by now, and what is not here any more, is dropped. */
  restore({ current, saved }: { current?: unknown; saved?: unknown }): void {
    if (saved !== undefined) {
      this.load(saved);
      this.#savedNames = new Map(this.#names);
      this.#savedMoves = new Map(this.#moves);
    }
    this.#names.clear();
    this.#moves.clear();
    if (current !== undefined) this.load(current);
    this.#history.length = 0;
    this.#changed();
  }

  #placesOf(pictures: readonly number[]): Map<number, number | null> {
    return new Map(pictures.map((picture) => [picture, this.#moves.get(picture) ?? null]));
  }

  #setName(cluster: number, name: string | null): void {
    if (name === null || name === this.#of.nameOf(cluster)) this.#names.delete(cluster);
    else this.#names.set(cluster, name);
  }

  #setCluster(picture: number, cluster: number | null): void {
    if (cluster === null || cluster === this.#of.clusterOf(picture)) this.#moves.delete(picture);
    else this.#moves.set(picture, cluster);
  }

  #remember(change: Change): void {
    this.#history.push(change);
    if (this.#history.length > HISTORY_MAX) this.#history.shift();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function differences<T>(a: ReadonlyMap<number, T>, b: ReadonlyMap<number, T>): number {
  let found = 0;
  for (const [key, value] of a) if (b.get(key) !== value) found++;
  for (const key of b.keys()) if (!a.has(key)) found++;
  return found;
}

function mustBeCorrections(value: unknown): CorrectionsFile {
  const { schema, names, moves } = (value ?? {}) as Partial<CorrectionsFile>;
  if (typeof schema !== "string" || !schema.startsWith("1."))
    throw new Error("This is no corrections file of schema 1.");
  const named = names ?? {};
  const moved = moves ?? [];
  const fits =
    typeof named === "object" &&
    Object.values(named).every((name) => typeof name === "string") &&
    Array.isArray(moved) &&
    moved.every((move) => typeof move?.path === "string" && Number.isInteger(move.cluster));
  if (!fits) throw new Error("This corrections file is damaged.");
  return { schema: "1.0.0", names: named, moves: moved };
}

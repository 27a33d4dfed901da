/** The pictures of the gallery, as the results have them and as they are corrected. */

import { Corrections } from "./corrections.js";
import { fileName } from "./format.js";
import type { About, ErrorRows, ProbabilityBlock, RowBlock, Scripts } from "./gallery-data.js";

/** What is known of one picture. */
export interface PictureRow {
  readonly path: string;
  readonly probability: number;
  readonly margin: number;
  readonly entropy: number;
  readonly distance: number | null;
  readonly percentile: number | null;
  readonly outlier: boolean;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly copy: string | null;
}

type Load = <T extends keyof Scripts>(name: T) => Promise<Scripts[T]>;

export class Gallery {
  readonly about: About;
  readonly corrections: Corrections;
  readonly #load: Load;
  readonly #blocks: (RowBlock | undefined)[] = [];
  readonly #asked = new Map<string, Promise<unknown>>();
  readonly #failed: ReadonlyMap<number, string>;
  #numbers: Map<string, number> | undefined;

  constructor(about: About, load: Load) {
    this.about = about;
    this.#load = load;
    this.#failed = new Map(about.failed);
    const { clusters, starts } = about;
    this.corrections = new Corrections({
      clusters,
      pictures: starts.at(-1)!,
      clusterOf: (picture) => this.clusterBefore(picture),
      nameOf: (cluster) => about.names[cluster] ?? null,
      pathOf: (picture) => this.row(picture)!.path,
      pictureOf: (path) => this.pictureOf(path),
    });
  }

  /** How many are shown. */
  get pictures(): number {
    return this.about.starts.at(-1)!;
  }

  get clusters(): readonly number[] {
    return Array.from({ length: this.about.clusters }, (_, cluster) => cluster);
  }

  /** The cluster that the model chose. */
  clusterBefore(picture: number): number {
    const { starts } = this.about;
    let low = 0;
    let high = starts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= picture) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** What people read: its name, else its number. */
  nameOf(cluster: number): string {
    return this.corrections.nameOf(cluster) ?? `Cluster ${cluster}`;
  }

  /** Pictures of a cluster as corrected, those included that the gallery does not show. */
  sizeOf(cluster: number): number {
    let size = this.about.sizes[cluster]!;
    for (const [picture, to] of this.corrections.moves) {
      if (to === cluster) size++;
      if (this.clusterBefore(picture) === cluster) size--;
    }
    return size;
  }

  /** Why it has no thumbnail; undefined when it has one. */
  failureOf(picture: number): string | undefined {
    return this.#failed.get(picture);
  }

  /** Null while its block is not loaded. */
  row(picture: number): PictureRow | null {
    const { size } = this.about.rows;
    const block = this.#blocks[Math.floor(picture / size)];
    if (!block) return null;
    const i = picture % size;
    return {
      path: block.path[i]!,
      probability: block.probability[i]!,
      margin: block.margin[i]!,
      entropy: block.entropy[i]!,
      distance: block.distance?.[i] ?? null,
      percentile: block.percentile?.[i] ?? null,
      outlier: block.outlier?.[i] === 1,
      width: block.width[i]!,
      height: block.height[i]!,
      bytes: block.bytes[i]!,
      copy: block.copy?.[i] ?? null,
    };
  }

  /** Of a loaded picture: its path, else one of its numbers, NaN where there is none. */
  pathOf(picture: number): string {
    const { size } = this.about.rows;
    return this.#blocks[Math.floor(picture / size)]!.path[picture % size]!;
  }

  numberOf(picture: number, column: "probability" | "margin" | "distance" | "percentile"): number {
    const { size } = this.about.rows;
    return this.#blocks[Math.floor(picture / size)]?.[column]?.[picture % size] ?? Number.NaN;
  }

  /** Its file's name; its number while that is not loaded. */
  labelOf(picture: number): string {
    const row = this.row(picture);
    return row ? fileName(row.path) : `Picture ${picture + 1}`;
  }

  /** Undefined also while not all rows are loaded. */
  pictureOf(path: string): number | undefined {
    if (!this.#numbers && this.#blocks.filter(Boolean).length === this.about.rows.count)
      this.#numbers = new Map(
        this.#blocks.flatMap((block, b) =>
          block!.path.map((one, i) => [one, b * this.about.rows.size + i] as const),
        ),
      );
    return this.#numbers?.get(path);
  }

  get isLoaded(): boolean {
    for (let b = 0; b < this.about.rows.count; b++) if (!this.#blocks[b]) return false;
    return true;
  }

  /** Loads the rows of these. */
  async ensure(pictures: Iterable<number>): Promise<void> {
    const wanted = new Set<number>();
    for (const picture of pictures) wanted.add(Math.floor(picture / this.about.rows.size));
    await Promise.all([...wanted].map((block) => this.#block(block)));
  }

  /** Loads all rows, one script after another, so that what is in view comes between. */
  async all(): Promise<void> {
    for (let block = 0; block < this.about.rows.count; block++) await this.#block(block);
  }

  async #block(block: number): Promise<void> {
    this.#blocks[block] ??= await this.#once(`rows-${block}`);
  }

  /** [clusters], 0 to 1; null where the results hold none. */
  async probabilitiesOf(picture: number): Promise<readonly number[] | null> {
    const blocks = this.about.probabilities;
    if (!blocks) return null;
    const block: ProbabilityBlock = await this.#once(`probabilities-${Math.floor(picture / blocks.size)}`);
    return block[picture % blocks.size] ?? null;
  }

  errors(): Promise<ErrorRows> {
    return this.#once("errors");
  }

  #once<T extends keyof Scripts>(name: T): Promise<Scripts[T]> {
    let asked = this.#asked.get(name) as Promise<Scripts[T]> | undefined;
    if (!asked) {
      asked = this.#load(name);
      this.#asked.set(name, asked);
    }
    return asked;
  }
}

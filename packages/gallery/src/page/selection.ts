/** Pictures that were picked to be moved together. */

export class Selection {
  readonly #pictures = new Set<number>();
  readonly #listeners: (() => void)[] = [];

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  get size(): number {
    return this.#pictures.size;
  }

  has(picture: number): boolean {
    return this.#pictures.has(picture);
  }

  /** In the page's order. */
  all(): number[] {
    return [...this.#pictures].sort((a, b) => a - b);
  }

  toggle(picture: number): void {
    if (!this.#pictures.delete(picture)) this.#pictures.add(picture);
    this.#changed();
  }

  add(pictures: Iterable<number>): void {
    for (const picture of pictures) this.#pictures.add(picture);
    this.#changed();
  }

  clear(): void {
    if (this.#pictures.size === 0) return;
    this.#pictures.clear();
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

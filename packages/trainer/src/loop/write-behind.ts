/** Files written beside the steps: in order, one after the other, while the training goes on. */

/**
 * Milliseconds that the first turn of a write may take: a quick disk is done within it, longer waits for the disk go on
 * by themselves. Each further turn may take twice as long, so that a write ends within a few steps however short they are.
 */
const FIRST_TURN = 8;

/**
 * A queue of writes. A step of training keeps this thread busy from end to end, so a write, which is a chain of small
 * calls, gets a turn between two steps. After a failure nothing more is written: a checkpoint must not stand without
 * the lines of metrics before it.
 */
export class WriteBehind {
  #chain: Promise<void> = Promise.resolve();
  #pending = 0;
  #turn = FIRST_TURN;
  #failure: { error: unknown } | undefined;

  /** Puts a write behind those before it. */
  add(write: () => Promise<void>): void {
    this.#pending++;
    this.#chain = this.#chain
      .then(() => (this.#failure ? undefined : write()))
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#pending--;
        if (this.#pending === 0) this.#turn = FIRST_TURN;
      });
  }

  /** Lets writes go on for a moment. @throws what a write threw */
  async turn(): Promise<void> {
    if (this.#pending > 0) {
      let timer: NodeJS.Timeout | undefined;
      const moment = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, this.#turn);
      });
      this.#turn *= 2;
      await Promise.race([this.#chain, moment]);
      clearTimeout(timer);
    }
    this.#rethrow();
  }

  /** Waits until all is written. @throws what a write threw */
  async done(): Promise<void> {
    await this.settle();
    this.#rethrow();
  }

  /** Waits until nothing is being written any more, whatever became of it. */
  async settle(): Promise<void> {
    while (this.#pending > 0) await this.#chain;
  }

  #rethrow(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

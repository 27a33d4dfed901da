/** A ring of slots in shared memory: one thread fills them in order, another empties them. */

/** States of a slot. */
const EMPTY = 0;
const FULL = 1;
const FAILED = 2;

/** Words before the slots' states: whether the writer should stop, and whether the reader waits for a message. */
const STOP = 0;
const WAITING = 1;
const STATES = 2;

/** The memory of a ring, as it goes to another thread. */
export interface RingMemory {
  /** [STATES + slots] 32-bit words. */
  readonly control: SharedArrayBuffer;
  /** slots * slotLength float32 values. */
  readonly values: SharedArrayBuffer;
  readonly slots: number;
  readonly slotLength: number;
}

/** @param slotLength - float32 values of a slot */
export function ringMemory(slots: number, slotLength: number): RingMemory {
  return {
    control: new SharedArrayBuffer(4 * (STATES + slots)),
    values: new SharedArrayBuffer(4 * slots * slotLength),
    slots,
    slotLength,
  };
}

/** The values of slot `index`. */
function slotValues({ values, slotLength }: RingMemory, index: number): Float32Array {
  return new Float32Array(values, 4 * index * slotLength, slotLength);
}

/** The writing end. Item n, counted from 0, has slot n % slots. */
export class RingWriter {
  readonly #control: Int32Array;

  constructor(private readonly memory: RingMemory) {
    this.#control = new Int32Array(memory.control);
  }

  /**
   * Blocks this thread until the reader has done with item n - slots.
   *
   * @returns where item n goes, or undefined once the reader wants no more
   */
  claim(n: number): Float32Array | undefined {
    const index = n % this.memory.slots;
    for (;;) {
      if (Atomics.load(this.#control, STOP) === 1) return undefined;
      const state = Atomics.load(this.#control, STATES + index);
      if (state === EMPTY) return slotValues(this.memory, index);
      Atomics.wait(this.#control, STATES + index, state);
    }
  }

  /** Hands item n over. @returns whether the reader sleeps, and must be sent a message */
  publish(n: number): boolean {
    return this.#set(n, FULL);
  }

  /** Says that item n cannot be made; the reason goes by message. */
  fail(n: number): void {
    this.#set(n, FAILED);
  }

  #set(n: number, state: number): boolean {
    Atomics.store(this.#control, STATES + (n % this.memory.slots), state);
    return Atomics.exchange(this.#control, WAITING, 0) === 1;
  }
}

/** The reading end. */
export class RingReader {
  readonly #control: Int32Array;

  constructor(private readonly memory: RingMemory) {
    this.#control = new Int32Array(memory.control);
  }

  /** Item n where it is there, valid until `release(n)`. Otherwise undefined, and the writer sends a message once it is. */
  take(n: number): Float32Array | undefined {
    const index = n % this.memory.slots;
    const full = () => Atomics.load(this.#control, STATES + index) === FULL;
    if (!full()) {
      Atomics.store(this.#control, WAITING, 1);
      // It may have come between the look and the word that we wait.
      if (!full()) return undefined;
      Atomics.store(this.#control, WAITING, 0);
    }
    return slotValues(this.memory, index);
  }

  /** Gives the slot of item n back. */
  release(n: number): void {
    const at = STATES + (n % this.memory.slots);
    Atomics.store(this.#control, at, EMPTY);
    Atomics.notify(this.#control, at);
  }

  /** Ends the writer's next wait. */
  stop(): void {
    Atomics.store(this.#control, STOP, 1);
    for (let index = 0; index < this.memory.slots; index++) Atomics.notify(this.#control, STATES + index);
  }
}

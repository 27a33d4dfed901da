import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { philox4x32 } from "./philox.js";
import { fnv1a, Rng, SEED_MAX } from "./rng.js";

const key = { seed: 1, stream: "test", step: 0 };
const bytes = (data: Float32Array | Int32Array) => [...new Uint8Array(data.buffer)];

/** Mean and variance in float64. */
function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  return { mean, variance: all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length };
}

describe("the key", () => {
  test("FNV-1a gives its published values", () => {
    // Test suite of draft-eastlake-fnv: "", "a", "foobar".
    expect(fnv1a("")).toBe(0x811c9dc5);
    expect(fnv1a("a")).toBe(0xe40c292c);
    expect(fnv1a("foobar")).toBe(0xbf9cf968);
  });

  test("the words are Philox of (seed, hash of stream) at (block, 0, step, step / 2^32)", () => {
    const step = 5 * 2 ** 32 + 7;
    const drawn = new Rng({ seed: SEED_MAX, stream: "noise", step }).uniform(8);
    const words = [0, 1].flatMap((block) => {
      const out = new Uint32Array(4);
      philox4x32(Uint32Array.of(block, 0, 7, 5), SEED_MAX, fnv1a("noise"), out);
      return [...out];
    });
    expect([...drawn]).toEqual(words.map((word) => Math.floor(word / 2 ** 8) / 2 ** 24));
  });

  test("the same key gives the same bytes; another seed, stream or step gives others", () => {
    const draw = (change: Partial<typeof key>) => bytes(new Rng({ ...key, ...change }).normal(16));
    expect(draw({})).toEqual(draw({}));
    const all = [draw({}), draw({ seed: 2 }), draw({ stream: "test " }), draw({ step: 1 })];
    expect(new Set(all.map(String)).size).toBe(4);
    expect(bytes(new Rng({ seed: 1, stream: "test" }).normal(16))).toEqual(draw({}));
  });

  test("two draws in turn are one draw cut in two", () => {
    const rng = new Rng(key);
    expect([...rng.uniform(3), ...rng.uniform(6)]).toEqual([...new Rng(key).uniform(9)]);
    const even = new Rng(key);
    expect([...even.normal(4), ...even.normal(3)]).toEqual([...new Rng(key).normal(7)]);
  });

  test.each([
    [{ seed: -1 }, "seed", "from 0 to 4294967295", "-1"],
    [{ seed: 1.5 }, "seed", "from 0 to 4294967295", "1.5"],
    [{ seed: 2 ** 32 }, "seed", "from 0 to 4294967295", "4294967296"],
    [{ seed: Number.NaN }, "seed", "from 0 to 4294967295", "NaN"],
    [{ step: -1 }, "step", "of at least 0", "-1"],
  ])("%o is refused", (change, name, range, received) => {
    expect(() => new Rng({ ...key, ...change })).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        code: "E_ARGUMENT",
        message: `Expected an integer ${range} for ${name} but received ${received}.`,
      }),
    );
  });
});

describe("uniform", () => {
  test("lies in [0, 1) on multiples of 2^-24, with mean 1/2 and variance 1/12", () => {
    const drawn = new Rng(key).uniform(100_000);
    for (const x of drawn) if (!(x >= 0 && x < 1) || (x * 2 ** 24) % 1 !== 0) expect.fail(`drew ${x}`);
    const { mean, variance } = moments(drawn);
    // Standard errors: sqrt(1/12 / 1e5) = 9.1e-4 and sqrt(1/180 / 1e5) = 2.4e-4; four of each.
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(4 * 9.1e-4);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * 2.4e-4);
  });

  test("fills 256 bins evenly", () => {
    const bins = new Float64Array(256);
    for (const x of new Rng(key).uniform(256 * 400)) bins[Math.floor(x * 256)]!++;
    const chiSquared = bins.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0);
    // Chi squared of 255 degrees: mean 255, standard deviation sqrt(2 * 255) = 22.6; four of them.
    expect(Math.abs(chiSquared - 255)).toBeLessThan(4 * 22.6);
  });
});

describe("normal", () => {
  test("is Box-Muller of the words", () => {
    const out = new Uint32Array(4);
    philox4x32(Uint32Array.of(0, 0, 0, 0), key.seed, fnv1a(key.stream), out);
    const [a, b, c, d] = [...out].map((word) => word / 2 ** 32) as [number, number, number, number];
    const radius = (u: number) => Math.sqrt(-2 * Math.log(u + 2 ** -32));
    const wanted = [
      radius(a) * Math.cos(2 * Math.PI * b),
      radius(a) * Math.sin(2 * Math.PI * b),
      radius(c) * Math.cos(2 * Math.PI * d),
    ];
    new Rng(key).normal(3).forEach((x, i) => {
      expect(x).toBeCloseTo(wanted[i]!, 6);
    });
  });

  test("has mean 0, variance 1, fourth moment 3 and uncorrelated neighbours", () => {
    const n = 100_000;
    const drawn = new Rng(key).normal(n);
    const { mean, variance } = moments(drawn);
    // Standard errors: 1 / sqrt(n), sqrt(2 / n), sqrt(96 / n), 1 / sqrt(n); four of each.
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moments(drawn.map((x) => x ** 4)).mean - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    const products = drawn.map((x, i) => x * drawn[(i + 1) % n]!);
    expect(Math.abs(moments(products).mean)).toBeLessThan(4 * Math.sqrt(1 / n));
  });

  test("matches the normal distribution function in its tails and middle", () => {
    const n = 100_000;
    const drawn = new Rng({ ...key, step: 1 }).normal(n);
    // Phi(-2), Phi(-1), Phi(0), Phi(1), Phi(2).
    for (const [at, wanted] of [
      [-2, 0.022750132],
      [-1, 0.158655254],
      [0, 0.5],
      [1, 0.841344746],
      [2, 0.977249868],
    ] as const) {
      const share = drawn.filter((x) => x < at).length / n;
      expect(Math.abs(share - wanted)).toBeLessThan(4 * Math.sqrt((wanted * (1 - wanted)) / n));
    }
  });

  test("the same key gives these bytes on every machine and version", () => {
    expect([...new Rng({ seed: 0, stream: "golden", step: 0 }).normal(4)]).toMatchInlineSnapshot(`
      [
        -0.6881886720657349,
        -2.224041700363159,
        0.38284948468208313,
        1.330743432044983,
      ]
    `);
  });
});

describe("integers", () => {
  test("are each equally likely, also where a power of two has a remainder", () => {
    const n = 60_000;
    const counts = new Float64Array(6);
    for (const x of new Rng(key).integers(n, 6)) counts[x]!++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - n / 6) ** 2 / (n / 6), 0);
    expect(chiSquared).toBeLessThan(20.5); // chi squared of 5 degrees exceeds this once in a thousand
  });

  test("have no modulo bias below 3 * 2^29", () => {
    // 2^32 mod (3 * 2^29) = 2^30, so a plain remainder would draw each x < 2^30 with chance 3 / 2^32, the others with
    // 2 / 2^32: a share of 3/4 below 2^30 instead of 2^30 / (3 * 2^29) = 2/3.
    const n = 20_000;
    const below = new Rng(key).integers(n, 3 * 2 ** 29).filter((x) => x < 2 ** 30).length;
    expect(Math.abs(below / n - 2 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / n));
  });

  test("reach both ends of their range", () => {
    expect(new Set(new Rng(key).integers(100, 2))).toEqual(new Set([0, 1]));
    expect([...new Rng(key).integers(3, 1)]).toEqual([0, 0, 0]);
    const drawn = new Rng(key).integers(1000, 2 ** 31);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeGreaterThan(2 ** 30);
  });

  test.each([0, -1, 2 ** 31 + 1, 1.5])("below = %d is refused", (below) => {
    expect(() => new Rng(key).integers(1, below)).toThrow(
      expect.objectContaining({
        code: "E_ARGUMENT",
        message: `Expected an integer from 1 to 2147483648 for below but received ${below}.`,
      }),
    );
  });
});

describe("permutation and choice", () => {
  test("a permutation holds each of 0..n-1 once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.nat(), (n, seed) => {
        const drawn = new Rng({ seed, stream: "p" }).permutation(n);
        expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  test("all six orders of three are equally likely", () => {
    const n = 6000;
    const counts = new Map<string, number>();
    const rng = new Rng(key);
    for (let i = 0; i < n; i++) {
      const order = rng.permutation(3).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - n / 6) ** 2 / (n / 6), 0);
    expect(counts.size).toBe(6);
    expect(chiSquared).toBeLessThan(20.5); // 5 degrees, once in a thousand
  });

  test("a choice holds distinct numbers in range, also of 2^31", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.integer({ min: 0, max: 50 }),
        fc.nat(),
        (n, wanted, seed) => {
          const count = Math.min(n, wanted);
          const drawn = new Rng({ seed, stream: "c" }).choice(n, count);
          expect(new Set(drawn).size).toBe(count);
          expect(drawn.every((x) => x >= 0 && x < n)).toBe(true);
        },
      ),
    );
  });

  test("all twelve ordered pairs out of four are equally likely", () => {
    const n = 12_000;
    const counts = new Map<string, number>();
    const rng = new Rng(key);
    for (let i = 0; i < n; i++) {
      const pair = rng.choice(4, 2).join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - n / 12) ** 2 / (n / 12), 0);
    expect(counts.size).toBe(12);
    expect(chiSquared).toBeLessThan(31.3); // 11 degrees, once in a thousand
  });

  test("more than there are is refused", () => {
    expect(() => new Rng(key).choice(3, 4)).toThrow(
      expect.objectContaining({
        code: "E_ARGUMENT",
        message: "Expected at most 3 for count but received 4. Without replacement a number is chosen once.",
      }),
    );
  });

  test.each(["uniform", "normal", "permutation"] as const)("%s refuses a count that is no size", (method) => {
    for (const count of [-1, 0.5, Number.NaN])
      expect(() => new Rng(key)[method](count)).toThrow(
        expect.objectContaining({
          code: "E_ARGUMENT",
          message: expect.stringMatching(/^Expected an integer .* for count but received (-1|0\.5|NaN)\.$/),
        }),
      );
  });
});

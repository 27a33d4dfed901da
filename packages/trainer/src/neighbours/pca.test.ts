import { Rng } from "@mmgan/core";
import { describe, expect, test } from "vitest";
import { principalComponents } from "./pca.js";

const distance = (rows: Float32Array, dim: number, i: number, j: number) =>
  Math.hypot(...Array.from({ length: dim }, (_, c) => rows[i * dim + c]! - rows[j * dim + c]!));

describe("principalComponents", () => {
  test("of a cross with arms 3 along (0.6, 0.8) and 1 along (-0.8, 0.6), shifted by (5, -7)", async () => {
    const arms = [
      [3 * 0.6, 3 * 0.8],
      [-3 * 0.6, -3 * 0.8],
      [-0.8, 0.6],
      [0.8, -0.6],
    ];
    const data = Float32Array.from(arms.flatMap(([x, y]) => [x! + 5, y! - 7]));
    const { components, variances, projected } = await principalComponents({ count: 4, dim: 2, data }, 2);
    expect(components).toBe(2);
    expect(variances[0]).toBeCloseTo((3 * 3 + 3 * 3) / 4, 5);
    expect(variances[1]).toBeCloseTo((1 * 1 + 1 * 1) / 4, 5);
    // Signs: 0.8 is the largest entry of the first direction, and of the second, which so is (0.8, -0.6).
    [3, 0, -3, 0, 0, -1, 0, 1].forEach((x, i) => {
      expect(projected[i]).toBeCloseTo(x, 5);
    });
  });

  test("finds the largest of many variances by iterating", async () => {
    // Rows +-a_i e_i with a_i = 40 - i: the covariance is diagonal, a_i^2 * 2 / 80.
    const dim = 40;
    const data = new Float32Array(2 * dim * dim);
    for (let i = 0; i < dim; i++) {
      data[2 * i * dim + i] = 40 - i;
      data[(2 * i + 1) * dim + i] = i - 40;
    }
    const { variances, projected } = await principalComponents({ count: 2 * dim, dim, data }, 8);
    for (let i = 0; i < 8; i++) expect(variances[i]! / (((40 - i) ** 2 * 2) / 80)).toBeCloseTo(1, 4);
    for (let row = 0; row < 2 * dim; row++)
      for (let i = 0; i < 8; i++) {
        const wanted = row === 2 * i ? 40 - i : row === 2 * i + 1 ? i - 40 : 0;
        expect(Math.abs(projected[row * 8 + i]! - wanted)).toBeLessThan(0.05);
      }
  });

  test("keeps distances when components = dim, over more than one block of rows", async () => {
    const [count, dim] = [1100, 6];
    const data = new Rng({ seed: 2, stream: "rows" }).normal(count * dim);
    const { components, projected } = await principalComponents({ count, dim, data }, 48);
    expect(components).toBe(dim);
    for (let i = 0; i < count; i += 7)
      for (let j = 0; j < count; j += 83)
        expect(Math.abs(distance(projected, dim, i, j) - distance(data, dim, i, j))).toBeLessThan(1e-4);
  });

  test("reads bytes as byte / 127.5 - 1", async () => {
    const [count, dim] = [50, 9];
    const data = Uint8Array.from(new Rng({ seed: 3, stream: "bytes" }).integers(count * dim, 256));
    const floats = Float32Array.from(data, (byte) => byte / 127.5 - 1);
    const [bytes, numbers] = await Promise.all([
      principalComponents({ count, dim, data }, 4),
      principalComponents({ count, dim, data: floats }, 4),
    ]);
    bytes.projected.forEach((x, i) => {
      expect(x).toBeCloseTo(numbers.projected[i]!, 4);
    });
    // Total variance of a coordinate lies in [0, 1], for bytes as such it would be thousands.
    expect(bytes.variances[0]).toBeLessThan(dim);
  });

  test("gives zeros where fewer directions vary than are asked for", async () => {
    const data = Float32Array.from({ length: 5 * 60 }, (_, i) => (i % 60 === 3 ? Math.floor(i / 60) : 1));
    const { variances, projected } = await principalComponents({ count: 5, dim: 60, data }, 4);
    expect(variances[0]).toBeCloseTo((4 + 1 + 0 + 1 + 4) / 5, 5);
    for (let row = 0; row < 5; row++) {
      expect(projected[row * 4]).toBeCloseTo(row - 2, 4);
      for (let i = 1; i < 4; i++) expect(projected[row * 4 + i]).toBeCloseTo(0, 4);
    }
  });

  test.each([0, 1.5, Number.NaN])("refuses %d components", async (components) => {
    const rows = { count: 1, dim: 1, data: Float32Array.of(1) };
    await expect(principalComponents(rows, components)).rejects.toThrow(
      expect.objectContaining({ code: "E_ARGUMENT", message: expect.stringContaining("for components") }),
    );
  });
});

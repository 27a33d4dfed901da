import { expect, it } from "vitest";
import { productProgram, productState } from "./product-program.js";
import { operatorTimes, profileProgram } from "./profile-program.js";

it("means the kernels' times over the runs, without the first", () => {
  const kernel = (op_name: string, dur: number) => ({
    ...{ cat: "Node", name: `${op_name}_kernel_time`, dur, args: { op_name } },
  });
  const events = [
    { cat: "Session", name: "model_run", dur: 9e6 },
    ...[kernel("Conv", 9000), kernel("Add", 9000), kernel("Add", 9000)],
    ...[kernel("Conv", 3000), kernel("Add", 500), kernel("Add", 500)],
    ...[kernel("Conv", 5000), kernel("Add", 500), kernel("Add", 1500)],
  ];
  expect(operatorTimes(events, 2)).toEqual([
    { operator: "Conv", nodes: 1, ms: (3 + 5) / 2 },
    { operator: "Add", nodes: 2, ms: (0.5 + 0.5 + 0.5 + 1.5) / 2 },
  ]);
});

it("finds the product of a program that is one", async () => {
  const sizes = { m: 64, k: 32, n: 16 };
  const times = await profileProgram(
    productProgram(sizes),
    productState(sizes),
    {},
    {},
    { threads: 1, runs: 3 },
  );
  const product = times.find(({ operator }) => /MatMul|Gemm/.test(operator));
  expect(product).toMatchObject({ nodes: 1 });
  expect(product!.ms).toBeGreaterThan(0);
});

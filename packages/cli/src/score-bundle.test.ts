import { modelPath } from "@mmgan/models";
import { expect, it } from "vitest";
import { firstOf } from "./labelled.js";
import { classesOf, scoreBundle } from "./score-bundle.js";

it("says of each cluster how many fall into it and which class most of them have", () => {
  const labels = Int32Array.of(0, 0, 1, 1, 1, 2);
  const clusters = Int32Array.of(3, 3, 3, 0, 0, 0);
  const classNames = ["a", "b", "c"];
  // cluster 0: b, b, c; cluster 3: a, a, b; 1 and 2 stay empty
  expect(classesOf({ labels, classNames }, clusters, 4)).toEqual([
    { n: 3, className: "b", ofClass: 2 },
    { n: 0, ofClass: 0 },
    { n: 0, ofClass: 0 },
    { n: 3, className: "a", ofClass: 2 },
  ]);
});

it("takes the first of two classes that are equally frequent", () => {
  const found = classesOf({ labels: Int32Array.of(1, 0), classNames: ["a", "b"] }, Int32Array.of(0, 0), 1);
  expect(found).toEqual([{ n: 2, className: "a", ofClass: 1 }]);
});

it("the first samples keep their rows and labels", () => {
  const points = Float32Array.of(0, 1, 2, 3, 4, 5);
  const labels = Int32Array.of(7, 8, 9);
  const data = {
    name: "x",
    kind: "point",
    split: "test",
    count: 3,
    dim: 2,
    points,
    labels,
    fit: "contain",
  } as const;
  expect(firstOf(data, 2)).toMatchObject({
    count: 2,
    points: Float32Array.of(0, 1, 2, 3),
    labels: Int32Array.of(7, 8),
  });
  expect(firstOf(data, 9)).toMatchObject({ count: 3, labels });
});

it("scores a bundle on its own held-out data", async () => {
  const scores = await scoreBundle(modelPath("moons"), {}, new AbortController().signal);
  expect(scores).toMatchObject({ data: "moons", split: "test", whole: { n: 1000 } });
  expect(scores.first).toEqual(scores.whole); // 1,000 points are all there are
  // Two clusters, scored by hand from the table: purity and a one-to-one accuracy agree where each class has its own.
  const ofClass = scores.clusters.reduce((sum, cluster) => sum + cluster.ofClass, 0);
  expect(scores.whole.purity).toBeCloseTo(ofClass / 1000, 12);
  expect(new Set(scores.clusters.map(({ className }) => className)).size).toBe(2);
  expect(scores.whole.accuracy).toBeCloseTo(scores.whole.purity, 12);
  // k-means cuts two moons straight: about a quarter on the wrong side.
  expect(scores.baselines["k-means"]!.purity).toBeGreaterThan(0.65);
  expect(scores.baselines["k-means"]!.purity).toBeLessThan(0.85);
});

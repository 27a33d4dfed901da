import { expect, test } from "vitest";
import { nearestName, unknownName } from "./nearest-name.js";

const losses = ["sgan", "rsgan", "crasgan"];
const data = ["moons", "digits", "mnist", "fashion-mnist", "coil-20"];

test.each([
  ["rsgna", losses, "rsgan"],
  ["RSGAN", losses, "rsgan"],
  ["sgn", losses, "sgan"],
  ["crsgan", losses, "rsgan"],
  ["mnsit", data, "mnist"],
  ["minst", data, "mnist"],
  ["fashion", data, "fashion-mnist"],
  ["fashion_mnist", data, "fashion-mnist"],
  ["coil20", data, "coil-20"],
  ["digit", data, "digits"],
  ["imagenet", data, undefined],
  ["", data, undefined],
  ["x", [], undefined],
])("nearest to %j of %j is %j", (name, valid, wanted) => {
  expect(nearestName(name, valid)).toBe(wanted);
});

test("the error lists every choice and offers the nearest", () => {
  expect(unknownName("loss", "rsgna", losses)).toMatchObject({
    name: "UnknownNameError",
    code: "E_UNKNOWN_NAME",
    message: "Expected one of sgan, rsgan, crasgan for loss but received rsgna. Did you mean rsgan?",
  });
});

test("the error offers nothing when nothing is near", () => {
  expect(unknownName("data set", "imagenet", ["moons", "coil-20"]).message).toBe(
    "Expected one of moons, coil-20 for data set but received imagenet.",
  );
});

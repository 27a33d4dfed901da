/** runtime-web when the graphics device goes away, as tests in a page. */

import { DeviceError } from "@mmgan/core";
import { loadModel } from "@mmgan/runtime-web";
import { expect, test } from "vitest";
import { runTests } from "./vitest-in-page.js";

/** The devices that the page was given, newest last. */
const devices: GPUDevice[] = [];
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (...options) {
  const device = await requestDevice.apply(this, options);
  devices.push(device);
  return device;
};

const load = () => loadModel("/models/digits/", { device: "webgpu", cache: false });

runTests(() => {
  test("a lost device is asked for anew once, with the same answers; lost again it is a DeviceError", async () => {
    const model = await load();
    const wanted = await model.generate({ count: 20, seed: 2 });
    devices.at(-1)!.destroy();
    const count = devices.length;
    const again = await Promise.all([
      model.generate({ count: 20, seed: 2 }),
      model.generate({ count: 20, seed: 2 }),
      model.cluster(wanted.images!),
    ]);
    expect(again[0]).toEqual(wanted);
    expect(again[1]).toEqual(wanted);
    expect(again[2].count).toBe(20);
    expect(devices.length).toBe(count + 1);
    devices.at(-1)!.destroy();
    const error = await model.generate().catch((e) => e);
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toContain("the graphics device was lost");
    expect(error.message).toContain("Load the model again");
    await model.dispose();
    const fresh = await load();
    expect(await fresh.generate({ count: 20, seed: 2 })).toEqual(wanted);
    await fresh.dispose();
  });

  test("a device that goes away during a run", async () => {
    const model = await load();
    const wanted = await model.generate({ count: 600, seed: 2 });
    const running = model.generate({ count: 600, seed: 2 });
    setTimeout(() => devices.at(-1)!.destroy(), 0);
    expect(await running).toEqual(wanted);
    await model.dispose();
  });

  test("dispose gives the device back", async () => {
    const model = await load();
    await model.generate();
    await model.dispose();
    expect((await devices.at(-1)!.lost).reason).toBe("destroyed");
  });
}).then(
  (results) => Object.assign(window, { results }),
  (error) => reportError(error),
);

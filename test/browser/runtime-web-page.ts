/** What runtime-web does beyond the contract of every runtime, as tests in a page: loading, pictures, cache, devices. */

import {
  ArgumentError,
  BundleError,
  DeviceError,
  DisposedError,
  DownloadError,
  type ImageBatch,
  ImageError,
  InterruptedError,
  ShapeError,
  UnknownNameError,
} from "@mmgan/core";
import { CACHE_NAME, loadModel, toImageData, type WebModel } from "@mmgan/runtime-web";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { largestDifference } from "../contract/largest-difference.js";
import type { Fault } from "./faults.js";
import { runTests } from "./vitest-in-page.js";

const DIGITS = "/models/digits/";

/** Every memory that a WebAssembly module of this page gets. */
const memories: WebAssembly.Memory[] = [];
const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories.push(this);
  }
};

const failure = (work: Promise<unknown>) =>
  work.then(
    () => new Error("it did not fail"),
    (error) => error,
  );
const load = (url = DIGITS, options = {}) => loadModel(url, { device: "wasm", cache: false, ...options });
const faulty = (fault: Fault, options = {}) => failure(load(`/faults/${fault}/digits/`, options));
/** Names of all files of the digits' bundle. */
async function fileNames(): Promise<string[]> {
  const { files } = await (await fetch(`${DIGITS}manifest.json`)).json();
  return ["manifest.json", ...Object.values<{ path: string }>(files).map(({ path }) => path)];
}
async function asked(path: string): Promise<number> {
  const counts = new Map<string, number>(await (await fetch("/asked")).json());
  return counts.get(path) ?? 0;
}

function loading(): void {
  describe("loading", () => {
    test.each([
      ["missing-manifest", "it has no manifest.json"],
      ["page-for-manifest", "manifest.json but received an HTML page"],
      ["missing-file", "encoder.onnx but it is missing"],
      ["page-for-file", "encoder.onnx but received an HTML page"],
      ["truncated", "bytes for"],
      ["forbidden", "the server answers 403"],
    ] as const)("%s: BundleError", async (fault, words) => {
      const error = await faulty(fault);
      expect(error).toBeInstanceOf(BundleError);
      expect(error.message).toContain(words);
      expect(error.message).toContain(`/faults/${fault}/digits/`);
    });

    test("a server that is down: three attempts, then DownloadError", async () => {
      const error = await faulty("down");
      expect(error).toBeInstanceOf(DownloadError);
      expect(error.message).toContain("the server answers 503");
      expect(await asked("/faults/down/digits/generator.onnx")).toBe(3);
    });

    test("no server: DownloadError", async () => {
      const error = await failure(load("http://127.0.0.1:9/digits/"));
      // The policy of the page forbids it as well: either way nothing comes.
      expect(error).toBeInstanceOf(DownloadError);
    });

    test.each(["flaky", "cut"] as const)(
      "%s: tried again, and the progress ends at all bytes",
      async (fault) => {
        const heard: { loadedBytes: number; totalBytes: number }[] = [];
        const model = await load(`/faults/${fault}/digits/`, { onProgress: (at: never) => heard.push(at) });
        const total = Object.values(model.manifest.files).reduce((sum, file) => sum + file!.bytes, 0);
        expect(heard[0]).toEqual({ loadedBytes: 0, totalBytes: total });
        expect(heard.at(-1)).toEqual({ loadedBytes: total, totalBytes: total });
        expect(heard.length).toBeGreaterThan(5);
        expect((await model.generate({ seed: 1 })).count).toBe(model.manifest.clusters);
        await model.dispose();
      },
    );

    test("an abort stops a load that would never end, before and during it", async () => {
      const before = await failure(load(DIGITS, { signal: AbortSignal.abort("at once") }));
      expect(before).toBeInstanceOf(InterruptedError);
      expect(before.cause).toBe("at once");
      const controller = new AbortController();
      const during = faulty("slow", {
        signal: controller.signal,
        onProgress: ({ loadedBytes }: { loadedBytes: number }) =>
          loadedBytes > 0 && controller.abort("later"),
      });
      expect(await during).toBeInstanceOf(InterruptedError);
      expect((await during).cause).toBe("later");
    });

    test("the folder, with or without its last slash, its manifest, or a URL", async () => {
      for (const from of ["/models/digits", "models/digits/manifest.json", new URL(DIGITS, location.href)]) {
        const model = await loadModel(from, { device: "wasm", cache: false });
        expect(model.manifest.name).toBe("digits");
        await model.dispose();
      }
    });

    test("files as a file chooser gives them", async () => {
      const names = await fileNames();
      const files = await Promise.all(
        names.map(async (name) => new File([await (await fetch(DIGITS + name)).blob()], name)),
      );
      const model = await loadModel({ files }, { device: "wasm" });
      expect((await model.generate({ seed: 1 })).images!.data).toEqual(
        (await (await load()).generate({ seed: 1 })).images!.data,
      );
      await model.dispose();
    });

    test("options: unknown ones, devices, threads", async () => {
      const option = await failure(loadModel(DIGITS, { devise: "wasm" } as never));
      expect(option).toBeInstanceOf(UnknownNameError);
      expect(option.message).toContain("device");
      const device = await failure(loadModel(DIGITS, { device: "webgp" as never }));
      expect(device).toBeInstanceOf(UnknownNameError);
      expect(device.message).toContain("webgpu");
      for (const threads of [0, 1.5, 5000])
        expect(await failure(load(DIGITS, { threads }))).toBeInstanceOf(ArgumentError);
      const error = await failure(load(DIGITS, { threads: 2 }));
      expect(error).toBeInstanceOf(DeviceError);
      expect(error.message).toContain("Cross-Origin-Opener-Policy");
    });

    test("two loads at once, each whole", async () => {
      const models = await Promise.all([load(), load("/models/moons/"), load(DIGITS, { worker: true })]);
      const [a, moons, b] = await Promise.all(models.map((model) => model.generate({ seed: 5, count: 20 })));
      expect(a).toEqual(b);
      expect(moons!.points!.count).toBe(20);
      await Promise.all(models.map((model) => model.dispose()));
    });
  });
}

function cache(): void {
  describe("cache", () => {
    const clear = () => caches.delete(CACHE_NAME);
    beforeAll(clear);
    afterEach(clear);
    /** `fetch` that notes what it is asked for. */
    const noting = (names: string[]) => ({
      cache: true,
      fetch: (url: string, init?: RequestInit) => {
        names.push(url.split("/").pop()!);
        return fetch(url, init);
      },
    });
    const loadNoting = async (): Promise<string[]> => {
      const names: string[] = [];
      await (await load(DIGITS, noting(names))).dispose();
      return names;
    };

    test("a second load asks for the manifest alone", async () => {
      expect((await loadNoting()).sort()).toEqual((await fileNames()).sort());
      expect(await loadNoting()).toEqual(["manifest.json"]);
    });

    test("a file damaged in the cache is loaded again", async () => {
      await loadNoting();
      const kept = await caches.open(CACHE_NAME);
      for (const key of await kept.keys())
        if (key.url.includes("encoder.onnx")) {
          const bytes = new Uint8Array(await (await kept.match(key))!.arrayBuffer());
          bytes[100]! ^= 1;
          await kept.put(key, new Response(bytes));
        }
      expect(await loadNoting()).toEqual(["manifest.json", "encoder.onnx"]);
    });

    test("a new version takes the place of the old one", async () => {
      await loadNoting();
      const kept = await caches.open(CACHE_NAME);
      const old = `${location.origin}${DIGITS}encoder.onnx?mmgan=${"0".repeat(64)}`;
      const current = (await kept.keys()).find(({ url }) => url.includes("encoder.onnx"))!;
      await kept.delete(current);
      await kept.put(old, new Response("old"));
      expect(await loadNoting()).toEqual(["manifest.json", "encoder.onnx"]);
      const keys = (await kept.keys()).map(({ url }) => url).filter((url) => url.includes("encoder.onnx"));
      expect(keys).toEqual([current.url]);
    });

    test("off line, what was loaded once loads again", async () => {
      await loadNoting();
      const off = () => Promise.reject(new TypeError("Failed to fetch"));
      const model = await load(DIGITS, { cache: true, fetch: off });
      expect((await model.generate()).count).toBe(model.manifest.clusters);
      await model.dispose();
    });

    test("cache: false keeps nothing; a browser without a cache loads all the same", async () => {
      await (await load()).dispose();
      expect(await (await caches.open(CACHE_NAME)).keys()).toEqual([]);
      const original = Object.getOwnPropertyDescriptor(globalThis, "caches")!;
      Object.defineProperty(globalThis, "caches", { configurable: true, value: undefined });
      try {
        expect((await loadNoting()).sort()).toEqual((await fileNames()).sort());
      } finally {
        Object.defineProperty(globalThis, "caches", original);
      }
    });
  });
}

function pictures(): void {
  describe("pictures", () => {
    let model: WebModel;
    let images: ImageBatch;
    let shown: ImageData[];
    beforeAll(async () => {
      model = await load();
      images = (await model.generate({ seed: 3, spread: 0 })).images!;
      shown = toImageData(images);
    });
    afterAll(() => model.dispose());

    const canvasOf = (image: ImageData) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      canvas.getContext("2d")!.putImageData(image, 0, 0);
      return canvas;
    };
    const blobOf = (image: ImageData) =>
      new Promise<Blob>((resolve) => canvasOf(image).toBlob((blob) => resolve(blob!)));
    const imageOf = async (image: ImageData) => {
      const element = new Image();
      element.src = canvasOf(image).toDataURL();
      await element.decode();
      return element;
    };
    const offscreenOf = (image: ImageData) => {
      const canvas = new OffscreenCanvas(image.width, image.height);
      canvas.getContext("2d")!.putImageData(image, 0, 0);
      return canvas;
    };

    test("ImageData is opaque, grey in three channels", () => {
      const { data, width, height } = shown[2]!;
      const size = width * height;
      expect([width, height]).toEqual([images.width, images.height]);
      const levels = images.data.subarray(2 * size, 3 * size);
      for (let i = 0; i < size; i++)
        expect([...data.subarray(i * 4, i * 4 + 4)]).toEqual([levels[i], levels[i], levels[i], 255]);
    });

    test("every kind of picture gives what its raw pixels give", async () => {
      const wanted = await model.cluster(images);
      expect(new Set(wanted.clusters).size).toBeGreaterThan(5);
      const kinds: Record<string, (image: ImageData) => unknown> = {
        ImageData: (image) => image,
        ImageBitmap: (image) => createImageBitmap(image),
        HTMLCanvasElement: canvasOf,
        OffscreenCanvas: offscreenOf,
        HTMLImageElement: imageOf,
        Blob: blobOf,
        File: async (image) => new File([await blobOf(image)], "digit.png"),
      };
      for (const [kind, make] of Object.entries(kinds)) {
        const sources = (await Promise.all(shown.map(make))) as ImageData[];
        const found = await model.cluster(sources);
        expect([kind, largestDifference(found.logits, wanted.logits)]).toEqual([kind, 0]);
        // One alone, as it is.
        expect((await model.cluster(sources[1]!)).clusters[0]).toBe(wanted.clusters[1]);
      }
      // A video's frame has been through its colours: near, not the same.
      const frame = new VideoFrame(canvasOf(shown[0]!), { timestamp: 0 });
      const { clusters } = await model.cluster(frame);
      frame.close();
      expect(clusters[0]).toBe(wanted.clusters[0]);
      expect((await model.posterior(shown)).weights).toEqual(wanted.probabilities);
    });

    test("pictures of another size are fitted, transparent ones lie on black", async () => {
      const large = document.createElement("canvas");
      large.width = large.height = images.width * 8;
      const context = large.getContext("2d")!;
      context.imageSmoothingEnabled = false;
      context.drawImage(canvasOf(shown[4]!), 0, 0, large.width, large.height);
      const wanted = (await model.cluster(images)).clusters[4];
      expect((await model.cluster(large)).clusters[0]).toBe(wanted);
      const clear = new ImageData(images.width, images.height);
      clear.data.fill(255);
      for (let i = 3; i < clear.data.length; i += 4) clear.data[i] = 0;
      const black = { ...images, count: 1, data: new Uint8Array(images.width * images.height) };
      expect((await model.cluster(clear)).logits).toEqual((await model.cluster(black)).logits);
    });

    test.each([
      ["no bytes", () => new Blob([]), "E_IMAGE_EMPTY"],
      ["text", () => new File(["hello, this is text"], "note.txt"), "E_IMAGE_FORMAT"],
      ["half a PNG", async () => (await blobOf(shown[0]!)).slice(0, 40), "E_IMAGE_CORRUPT"],
      [
        "an empty canvas",
        () => Object.assign(document.createElement("canvas"), { width: 0 }),
        "E_IMAGE_EMPTY",
      ],
      [
        "a broken image",
        () => Object.assign(new Image(), { src: "data:image/png;base64,AAAA" }),
        "E_IMAGE_CORRUPT",
      ],
      ["a text", () => "cat.png", "E_IMAGE_FORMAT"],
    ])("%s: ImageError", async (_what, make, rowCode) => {
      const error = await failure(model.cluster([shown[0]!, (await make()) as Blob]));
      expect(error).toBeInstanceOf(ImageError);
      expect(error.code).toBe("E_IMAGE");
      expect(error.rowCode).toBe(rowCode);
      expect(error.message).toContain("image 1");
    });

    test("raw pixels of another channel count, pictures for a model of points: ShapeError", async () => {
      const rgb = { ...images, channels: 3, data: new Uint8Array(images.data.length * 3) };
      expect(await failure(model.cluster(rgb))).toBeInstanceOf(ShapeError);
      const moons = await load("/models/moons/");
      expect(await failure(moons.cluster(shown[0]!))).toBeInstanceOf(ShapeError);
      await moons.dispose();
    });

    test("no pictures are no rows; after dispose pictures are refused too", async () => {
      const gone = await load();
      expect((await gone.cluster([])).count).toBe(0);
      await gone.dispose();
      expect(await failure(gone.cluster(shown[0]!))).toBeInstanceOf(DisposedError);
    });
  });
}

function devices(): void {
  describe("devices", () => {
    const original = Object.getOwnPropertyDescriptor(Navigator.prototype, "gpu")!;
    const withGpu = (gpu: unknown) =>
      Object.defineProperty(navigator, "gpu", { configurable: true, value: gpu });
    afterEach(() => {
      delete (navigator as { gpu?: unknown }).gpu;
      expect(Object.getOwnPropertyDescriptor(Navigator.prototype, "gpu")).toEqual(original);
    });

    test.each([
      ["no WebGPU", undefined, "this browser has no WebGPU"],
      ["an adapter that is refused", { requestAdapter: async () => null }, "no adapter"],
      [
        "a driver that fails",
        { requestAdapter: () => Promise.reject(new Error("lost the driver")) },
        "lost the driver",
      ],
    ])("%s: auto takes wasm and says why, webgpu is a DeviceError", async (_what, gpu, words) => {
      withGpu(gpu);
      const model = await loadModel(DIGITS, { cache: false });
      expect(model.device).toBe("wasm");
      expect(model.fallback).toContain(words);
      expect((await model.generate()).count).toBe(model.manifest.clusters);
      await model.dispose();
      const error = await failure(loadModel(DIGITS, { device: "webgpu", cache: false }));
      expect(error).toBeInstanceOf(DeviceError);
      expect(error.code).toBe("E_DEVICE");
      expect(error.message).toContain(words);
      expect(error.message).toContain("auto, which takes wasm here");
    });

    test("a device that is refused: auto takes wasm", async () => {
      const adapter = (await original.get!.call(navigator).requestAdapter())!;
      adapter.requestDevice = () => Promise.reject(new Error("too many devices"));
      Object.defineProperty(adapter, "info", { value: { vendor: "a card", architecture: "its own" } });
      withGpu({ requestAdapter: async () => adapter });
      const model = await loadModel(DIGITS, { cache: false });
      expect([model.device, model.fallback]).toEqual([
        "wasm",
        "the adapter gives no device: too many devices",
      ]);
      await model.dispose();
    });

    test("auto does not take an adapter that computes on the CPU; asked for, wasm has no fallback to explain", async () => {
      const model = await loadModel(DIGITS, { cache: false });
      expect(model.device).toBe("wasm");
      expect(model.fallback).toContain("computes on the CPU");
      await model.dispose();
      const asked = await load();
      expect(asked.fallback).toBeUndefined();
      await asked.dispose();
    });
  });
}

function memory(): void {
  test("100 loads and disposals: ONNX Runtime's memory is that of the first ten", async () => {
    const bytes = () => memories.map(({ buffer }) => buffer.byteLength);
    const use = async () => {
      const model = await load();
      const { images } = await model.generate({ count: 20 });
      await model.cluster(images!);
      await model.dispose();
    };
    for (let i = 0; i < 10; i++) await use();
    const early = bytes();
    expect(early.length).toBeGreaterThan(0);
    for (let i = 10; i < 100; i++) await use();
    expect(bytes()).toEqual(early);
  });

  test("with a worker ONNX Runtime is in the worker alone, and dispose ends it", async () => {
    const { length } = memories;
    const OriginalWorker = Worker;
    const ended: Worker[] = [];
    globalThis.Worker = class extends OriginalWorker {
      override terminate() {
        ended.push(this);
        super.terminate();
      }
    };
    try {
      const model = await load(DIGITS, { worker: true });
      const { images } = await model.generate({ count: 300, seed: 9 });
      expect((await model.cluster(images!)).count).toBe(300);
      // What was handed to the worker is still the caller's.
      expect(images!.data.length).toBe(300 * images!.height * images!.width);
      await model.dispose();
    } finally {
      globalThis.Worker = OriginalWorker;
    }
    expect(memories.length).toBe(length);
    expect(ended.length).toBe(1);
  });

  test("a worker whose script does not load: DeviceError", async () => {
    const OriginalWorker = Worker;
    globalThis.Worker = class extends OriginalWorker {
      constructor() {
        super("/nowhere.js", { type: "module" });
      }
    };
    try {
      const error = await failure(load(DIGITS, { worker: true }));
      expect(error).toBeInstanceOf(DeviceError);
      expect(error.message).toContain("its script does not load");
    } finally {
      globalThis.Worker = OriginalWorker;
    }
  });
}

runTests(() => {
  loading();
  cache();
  pictures();
  devices();
  memory();
}).then(
  (results) => Object.assign(window, { results }),
  (error) => reportError(error),
);

/** The runtime contract in a browser: core's model, which also takes what a page has: canvases, images, files. */

import type {
  Clustering,
  FeatureCentres,
  Generated,
  GenerateOptions,
  GraphModel,
  ImageBatch,
  Manifest,
  Model,
  PointBatch,
  Posterior,
} from "@mmgan/core";
import { type ImageSource, isImageSource, readImages } from "./images.js";
import type { WebDevice } from "./session-host.js";

/** What `cluster` and `posterior` take: pictures of any size, or raw values of the model's own shape. */
export type WebInput = ImageSource | readonly ImageSource[] | ImageBatch | PointBatch;

/** `Model` in a browser. Made by `loadModel`. */
export class WebModel implements Model {
  readonly manifest: Manifest;
  declare readonly centres?: FeatureCentres;
  /** The device taken. */
  readonly device: WebDevice;
  /** Why `auto` did not take WebGPU, one line; undefined where it did or was not asked. */
  readonly fallback: string | undefined;
  readonly #model: GraphModel;

  constructor(model: GraphModel, device: WebDevice, fallback: string | undefined) {
    this.manifest = model.manifest;
    if (model.centres) this.centres = model.centres;
    this.#model = model;
    this.device = device;
    this.fallback = fallback;
  }

  /**
   * @throws ShapeError for raw values of another shape; ImageError for a picture that cannot be read: empty,
   *   undecodable, of another origin without its leave
   */
  async cluster(inputs: WebInput, options?: { signal?: AbortSignal }): Promise<Clustering> {
    return this.#model.cluster(await this.#read(inputs), options);
  }

  async posterior(inputs: WebInput, options?: { signal?: AbortSignal }): Promise<Posterior> {
    return this.#model.posterior(await this.#read(inputs), options);
  }

  generate(options?: GenerateOptions): Promise<Generated> {
    return this.#model.generate(options);
  }

  dispose(): Promise<void> {
    return this.#model.dispose();
  }

  async #read(inputs: WebInput): Promise<ImageBatch | PointBatch> {
    if (Array.isArray(inputs)) return readImages(inputs, this.manifest);
    if (isImageSource(inputs)) return readImages([inputs], this.manifest);
    return inputs as ImageBatch | PointBatch;
  }
}

export * from "./contract.js";
export * from "./errors.js";
export * from "./manifest.js";
export * from "./nearest-name.js";
export { fnv1a, Rng, type RngKey, SEED_MAX } from "./rng.js";
export * from "./sha256.js";
export * from "./tensor.js";
export * from "./tile.js";

export * from "./contract.js";
export * from "./errors.js";
export * from "./manifest.js";
export * from "./tensor.js";

export { listModels, modelNames, modelPath, type ShippedModel } from "./shipped.js";

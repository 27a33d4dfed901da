export { errorsPathFor, type Results, type ResultsInfo, runPathFor } from "./results-file.js";

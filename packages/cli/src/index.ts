export { renderDocs } from "./docs.js";
export { buildProgram } from "./program.js";
export { EXIT, run } from "./run.js";

export { renderDocs } from "./docs.js";
export { requirement } from "./options.js";
export { buildProgram } from "./program.js";
export { EXIT, run } from "./run.js";

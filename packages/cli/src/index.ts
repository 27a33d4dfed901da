export { renderDocs } from "./docs.js";
export { requirement } from "./options.js";
export { buildProgram } from "./program.js";
export { parseReport, type Report } from "./reproduce/report-file.js";
export { type CommittedReport, resultsPage } from "./reproduce/results-page.js";
export { htmlPage } from "./reproduce/table-html.js";
export { markdownPage } from "./reproduce/table-markdown.js";
export { EXIT, run } from "./run.js";

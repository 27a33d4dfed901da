/** Paths that a spreadsheet would take for a formula, made harmless and back. */

/** What a cell begins with when a spreadsheet runs it (CWE-1236). */
const FORMULA = /^[=+\-@\t\r\n]/;

export const isFormula = (text: string): boolean => FORMULA.test(text);

/** "=cmd.png" -> "./=cmd.png": the same file, and no formula. Other paths stay. */
export const withoutFormula = (path: string): string => (isFormula(path) ? `./${path}` : path);

/** Undoes `withoutFormula`. */
export const withFormula = (path: string): string =>
  path.startsWith("./") && isFormula(path.slice(2)) ? path.slice(2) : path;

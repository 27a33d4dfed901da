/** Principal components, on Node. */

import { compile } from "./compiled.js";
import { type PrincipalComponents, searchComponents } from "./pca-search.js";
import type { Rows, RowWork } from "./rows.js";

export type { PrincipalComponents };

/** {@link searchComponents} with onnxruntime-node. */
export const principalComponents = (
  rows: Rows,
  components: number,
  work: RowWork = {},
): Promise<PrincipalComponents> => searchComponents(compile, rows, components, work);

/** What a runtime gives its contract. */

import type { Model } from "@mmgan/core";

/** Opens the bundle whose files these are, by name. */
export type LoadBundle = (files: ReadonlyMap<string, Uint8Array>) => Promise<Model>;

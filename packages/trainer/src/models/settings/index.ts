/** The table of the rivals, by the name that `--model` takes. */

import { AAE } from "./aae.js";
import { CLUSTERGAN } from "./clustergan.js";
import { DELIGAN } from "./deligan.js";
import { GMGAN } from "./gmgan.js";
import { GMVAE } from "./gmvae.js";
import { INFOGAN } from "./infogan.js";

export const RIVALS = {
  gmvae: GMVAE,
  aae: AAE,
  clustergan: CLUSTERGAN,
  gmgan: GMGAN,
  deligan: DELIGAN,
  infogan: INFOGAN,
} as const;

export type RivalName = keyof typeof RIVALS;
export const RIVAL_NAMES = Object.keys(RIVALS) as RivalName[];

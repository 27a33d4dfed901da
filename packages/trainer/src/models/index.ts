/** The models, by the name that a config carries. */

import type { ModelName, TrainConfig } from "../config.js";
import { aae } from "./aae.js";
import { clustergan } from "./clustergan.js";
import { deligan } from "./deligan.js";
import { gmgan } from "./gmgan.js";
import { gmvae } from "./gmvae.js";
import { infogan } from "./infogan.js";
import { mmgan } from "./mmgan.js";
import type { TrainableModel } from "./model.js";

/** Each knows its own config; who calls has one whose `model` names the entry. */
const MODELS = { mmgan, gmvae, aae, clustergan, gmgan, deligan, infogan } as unknown as Readonly<
  Record<ModelName, TrainableModel>
>;

export const modelOf = ({ model }: Pick<TrainConfig, "model">): TrainableModel => MODELS[model];

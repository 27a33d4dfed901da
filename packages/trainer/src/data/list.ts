/** What `mmgan data list` shows: each known data set, and where it is or how to get it. */

import { join } from "node:path";
import { DATASET_NAMES, DATASETS, type DatasetInfo } from "./catalogue.js";
import { findFiles } from "./locate.js";

export interface DatasetListing {
  readonly name: string;
  readonly title: string;
  readonly kind: "image" | "point";
  /** Samples in all. */
  readonly count: number;
  readonly train: number;
  readonly test: number;
  /** [height, width, channels] as published, or [dim]. */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly licence: string;
  readonly source: DatasetInfo["source"];
  /** The data set's own folder; undefined when it needs none or is not there. */
  readonly folder: string | undefined;
  /** True when it can be loaded now. Files are not checked here, only looked for. */
  readonly ready: boolean;
  /** One phrase: where it is, or the command that brings it. */
  readonly where: string;
}

/** Every known data set, in the order of DATASET_NAMES. */
export async function listDatasets(options: { readonly dataDir?: string } = {}): Promise<DatasetListing[]> {
  return Promise.all(DATASET_NAMES.map((name) => listing(DATASETS[name], options.dataDir)));
}

async function listing(info: DatasetInfo, dataDir: string | undefined): Promise<DatasetListing> {
  const { name, title, kind, counts, image, classNames, licence, source } = info;
  const found = source === "download" ? await findFiles(info, info.files, dataDir) : undefined;
  const folder = found && join(found.place.folder, name);
  const here = source === "download" ? folder && `${folder} (${found!.place.from})` : source;
  return {
    name,
    title,
    kind,
    count: counts.all,
    train: counts.train,
    test: counts.test,
    shape: image ? [image.height, image.width, image.channels] : [info.dim!],
    classes: classNames.length,
    licence,
    source,
    folder,
    ready: here !== undefined,
    where: here ?? `missing: mmgan data fetch ${name}`,
  };
}

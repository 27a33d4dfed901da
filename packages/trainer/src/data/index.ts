export {
  DATASET_NAMES,
  DATASETS,
  type DataFile,
  type DatasetInfo,
  type DatasetName,
  datasetInfo,
  isDatasetName,
} from "./catalogue.js";
export {
  type Dataset,
  type Fit,
  type ImageShape,
  type LoadOptions,
  type LoadProgress,
  SPLITS,
  type Split,
  type UnreadableImage,
} from "./dataset.js";
export {
  type FetchedFile,
  type FetchOptions,
  type FetchProgress,
  type FetchResult,
  fetchDataset,
} from "./fetch.js";
export { type DatasetListing, listDatasets } from "./list.js";
export { loadDataset } from "./load.js";
export { type DataPlace, dataCacheFolder, dataPlaces, findFiles } from "./locate.js";
export { MOONS_NOISE, type Moons, type MoonsOptions, makeMoons } from "./moons.js";
export { HELD_OUT_EVERY } from "./split.js";

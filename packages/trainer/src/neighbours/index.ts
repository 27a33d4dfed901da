/** Neighbours of the samples of a data set, and random walks along them. */

export { cachedGraph, type GraphCacheKey, graphKey, storeGraph } from "./cache.js";
export { nearestNeighbours } from "./nearest.js";
export { buildNeighbourGraph, type NeighbourGraph, type NeighbourOptions } from "./neighbour-graph.js";
export { principalComponents } from "./pca.js";
export { walk } from "./walk.js";
export { withWalkLength } from "./walk-length.js";

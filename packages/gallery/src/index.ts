/** Makes the gallery of a results file. */
export {};

/** The version of this package, written into runs and bundles; version.test.ts holds it to package.json. */

export const VERSION = "0.1.0";

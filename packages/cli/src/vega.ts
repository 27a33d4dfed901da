/** Pictures by Vega-Lite, loaded only when one is drawn. */

import { PeerError } from "@mmgan/core";
import type { TopLevelSpec } from "vega-lite";

/**
 * A specification as an SVG.
 *
 * @param what - what needs it, for the message, e.g. "--out"
 * @throws PeerError where vega is not installed: it comes with the repository, not with the published package
 */
export async function vegaSvg(spec: TopLevelSpec, what: string): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]).catch((cause) => {
    throw new PeerError(
      `Expected vega and vega-lite for ${what} but they are not installed. Run it from a clone of the repository, or npm install vega vega-lite.`,
      { cause },
    );
  });
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

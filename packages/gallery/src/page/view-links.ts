/** Links to the views, with how much there is in each. */

import type { App } from "./app.js";
import { byId, element, replaceChildren } from "./dom.js";
import { count } from "./format.js";
import { formatRoute, type View } from "./route.js";

export function showViewLinks({ gallery, route }: App): void {
  const { about, corrections } = gallery;
  const errors = Object.values(about.errors).reduce((sum, found) => sum + found, 0);
  const links: (readonly [View, string, number])[] = [
    [{ kind: "overview" }, "Clusters", about.clusters],
    [{ kind: "outliers" }, about.distances ? "Outliers" : "Least certain", about.outliers],
    [{ kind: "errors" }, "Errors", errors],
    [{ kind: "corrections" }, "Corrections", corrections.count],
  ];
  const isCurrent = ({ kind }: View) =>
    route.view.kind === kind || (kind === "overview" && route.view.kind === "cluster");
  replaceChildren(
    byId("views"),
    ...links.map(([view, name, found]) =>
      element(
        "a",
        {
          href: formatRoute({ view, order: "typical", picture: null }),
          "aria-current": isCurrent(view) ? "page" : null,
        },
        name,
        found > 0 && element("span", { class: "count" }, count(found)),
      ),
    ),
  );
}

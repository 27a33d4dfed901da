/** Views of one list of pictures: a cluster, the outliers, what a search found. */

import { type App, captionOf, type ViewElement } from "./app.js";
import { ClusterHeading } from "./cluster-heading.js";
import { element, icon, setAttributes } from "./dom.js";
import { counted } from "./format.js";
import type { Gallery } from "./gallery.js";
import { PictureGrid } from "./picture-grid.js";
import { foundIn, outliersOf, picturesOf, sorted } from "./picture-lists.js";
import { formatRoute } from "./route.js";

export function clusterView(app: App, cluster: number): ViewElement {
  const { gallery } = app;
  const beside = (direction: -1 | 1, label: string) => {
    const to = cluster + direction;
    const link = element("a", { class: "icon-button", "aria-label": label, title: label });
    link.appendChild(icon(direction < 0 ? "left" : "right"));
    if (to < 0 || to >= gallery.about.clusters)
      setAttributes(link, { role: "link", "aria-disabled": "true" });
    else
      link.href = formatRoute({
        view: { kind: "cluster", cluster: to },
        order: app.route.order,
        picture: null,
      });
    return link;
  };
  const name = new ClusterHeading(app, cluster, false);
  const heading = element(
    "div",
    { class: "view-heading" },
    beside(-1, "Cluster before"),
    name.element,
    beside(1, "Next cluster"),
  );
  const grid = new PictureGrid(app, {
    label: `Pictures of ${gallery.nameOf(cluster)}`,
    empty: "No pictures in this cluster.",
  });
  const fill = () =>
    grid.set(picturesOf(gallery, cluster, app.route.order), captionOf(gallery, app.route.order));
  fill();
  return {
    element: grid.element,
    heading,
    ordered: true,
    update() {
      name.update();
      fill();
    },
  };
}

/** All rows must be loaded. */
export function outliersView(app: App): ViewElement {
  const { gallery } = app;
  const { distances } = gallery.about;
  const pictures = outliersOf(gallery);
  const heading = element(
    "div",
    { class: "view-heading" },
    element("h2", { class: "view-name" }, distances ? counted(pictures.length, "outlier") : "Least certain"),
    element(
      "p",
      { class: "note" },
      distances
        ? "farther from their cluster's centre than the training samples reach"
        : `${counted(pictures.length, "picture")}; the results hold no distances to tell outliers by`,
    ),
  );
  const grid = new PictureGrid(app, {
    tileMin: 96,
    label: distances ? "Outliers" : "Least certain pictures",
    empty: "No picture lies outside what the model was trained on.",
  });
  const caption = (picture: number) => gallery.nameOf(gallery.corrections.clusterOf(picture));
  grid.set(pictures, caption);
  return { element: grid.element, heading, ordered: false, update: () => grid.set(pictures, caption) };
}

/** All rows must be loaded. */
export function searchView(app: App, text: string): ViewElement {
  const { gallery } = app;
  const found = foundIn(gallery, text);
  const heading = element(
    "div",
    { class: "view-heading" },
    element("h2", { class: "view-name" }, `${counted(found.length, "picture")} found`),
    element("p", { class: "note" }, `whose path holds ${text}`),
  );
  const grid = new PictureGrid(app, {
    label: `Pictures found for ${text}`,
    tileMin: 104,
    empty: "No picture's path holds that. Search for a part of a file's or a folder's name.",
  });
  const fill = () => grid.set(sorted(gallery, [...found], app.route.order), nameCaption(gallery));
  fill();
  return { element: grid.element, heading, ordered: true, update: fill };
}

const nameCaption = (gallery: Gallery) => (picture: number) => gallery.labelOf(picture);

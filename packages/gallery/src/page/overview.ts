/** The overview: clusters as columns. */

import { type App, captionOf, type ViewElement } from "./app.js";
import { ClusterHeading } from "./cluster-heading.js";
import { element } from "./dom.js";
import { acceptDrop } from "./drag.js";
import { counted } from "./format.js";
import { PictureGrid } from "./picture-grid.js";
import { picturesOf } from "./picture-lists.js";

/** Tiles beside each other in a column. */
const tilesAcross = (tile: number): number => (tile <= 72 ? 3 : tile <= 128 ? 2 : 1);

interface Column {
  readonly cluster: number;
  readonly element: HTMLElement;
  readonly heading: ClusterHeading;
  readonly bar: HTMLElement;
  readonly grid: PictureGrid;
  seen: boolean;
}

export function overview(app: App): ViewElement {
  const { gallery } = app;
  const heading = element("h2", { class: "spoken" }, counted(gallery.about.clusters, "cluster"));
  const board = element("div", { class: "board" });
  const columns: Column[] = gallery.clusters.map((cluster) => {
    const grid = new PictureGrid(app, {
      label: `Pictures of ${gallery.nameOf(cluster)}`,
      empty: "No pictures. Drop some here.",
      onLeave: (direction, row) => {
        const beside = columns[cluster + direction];
        if (!beside) return;
        beside.element.scrollIntoView({ block: "nearest", inline: "nearest" });
        beside.grid.focus(row, direction === 1 ? "first" : "last");
      },
    });
    const clusterHeading = new ClusterHeading(app, cluster, true);
    const bar = element("div", { class: "bar", "aria-hidden": "true" }, element("span"));
    const column = element(
      "section",
      { class: "column", "aria-label": gallery.nameOf(cluster) },
      clusterHeading.element,
      bar,
      grid.element,
    );
    acceptDrop(column, (pictures) => app.move(pictures, cluster));
    board.appendChild(column);
    return { cluster, element: column, heading: clusterHeading, bar, grid, seen: false };
  });

  const fill = (column: Column) =>
    column.grid.set(
      picturesOf(gallery, column.cluster, app.route.order),
      captionOf(gallery, app.route.order),
    );
  // Columns that were never scrolled to cost nothing.
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const column = columns.find((one) => one.element === target)!;
        if (!isIntersecting || column.seen) continue;
        column.seen = true;
        fill(column);
      }
    },
    { root: board, rootMargin: "0px 300px" },
  );
  const size = () => {
    const across = tilesAcross(app.tile);
    board.style.setProperty("--column", `${across * (app.tile + 6) + 6 + 14}px`);
    const largest = Math.max(1, ...columns.map(({ cluster }) => gallery.sizeOf(cluster)));
    for (const { cluster, bar } of columns)
      (bar.firstChild as HTMLElement).style.width = `${(gallery.sizeOf(cluster) / largest) * 100}%`;
  };
  size();
  for (const column of columns) observer.observe(column.element);
  return {
    element: board,
    heading,
    ordered: true,
    update() {
      size();
      for (const column of columns) {
        column.heading.update();
        column.element.setAttribute("aria-label", gallery.nameOf(column.cluster));
        if (column.seen) fill(column);
      }
    },
  };
}

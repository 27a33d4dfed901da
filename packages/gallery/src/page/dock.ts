/** Where dragged pictures can be dropped in every view: all clusters, while something is dragged. */

import type { App } from "./app.js";
import { byId, element, replaceChildren } from "./dom.js";
import { acceptDrop, onDrag } from "./drag.js";
import { count } from "./format.js";

export function setUpDock(app: App): void {
  const { gallery } = app;
  const dock = byId("dock");
  const target = (cluster: number): HTMLElement => {
    const size = element("span", { class: "count" }, count(gallery.sizeOf(cluster)));
    const made = element("div", { class: "target" }, gallery.nameOf(cluster), size);
    acceptDrop(made, (pictures) => app.move(pictures, cluster));
    return made;
  };
  onDrag((dragging) => {
    if (dragging) replaceChildren(dock, ...gallery.clusters.map(target));
    dock.hidden = !dragging;
  });
}

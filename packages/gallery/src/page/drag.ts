/** Dragging pictures onto clusters. */

/** What is being dragged. A page can hold only one drag at a time. */
let dragged: readonly number[] = [];
const watchers: ((dragging: boolean) => void)[] = [];

/** Calls back when a drag begins and ends. */
export function onDrag(watcher: (dragging: boolean) => void): void {
  watchers.push(watcher);
}

export function startDrag(event: DragEvent, pictures: readonly number[], label: string): void {
  dragged = pictures;
  if (event.dataTransfer) {
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", label);
  }
  // Not before the browser has drawn what hangs below the pointer.
  setTimeout(() => tell(pictures.length > 0));
}

export function endDrag(): void {
  dragged = [];
  tell(false);
}

function tell(dragging: boolean): void {
  for (const watcher of watchers) watcher(dragging);
}

/** Lets pictures be dropped on `element`. */
export function acceptDrop(element: HTMLElement, drop: (pictures: readonly number[]) => void): void {
  const isOver = (over: boolean) => element.classList.toggle("drop", over);
  element.addEventListener("dragover", (event) => {
    if (dragged.length === 0) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "move";
    isOver(true);
  });
  element.addEventListener("dragleave", (event) => {
    if (!element.contains(event.relatedTarget as Node | null)) isOver(false);
  });
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    isOver(false);
    const pictures = dragged;
    endDrag();
    if (pictures.length > 0) drop(pictures);
  });
}

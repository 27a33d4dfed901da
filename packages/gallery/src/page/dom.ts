/** Makes elements. Nothing here takes HTML: text from results and paths stays text. */

type Child = Node | string | number | null | undefined | false;

type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * An element with attributes and children. `true` gives an empty attribute; false, null and undefined give none. "class" is
 * an attribute like any other.
 */
export function element<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  append(made, children);
  return made;
}

export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children)
    if (child !== null && child !== undefined && child !== false)
      parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
}

export function setAttributes(of: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes))
    if (value === null || value === undefined || value === false) of.removeAttribute(name);
    else of.setAttribute(name, value === true ? "" : String(value));
}

export function replaceChildren(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the drawings that index.html defines. It says nothing to a screen reader: the button around it does. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, { class: "icon", "aria-hidden": "true", focusable: "false" });
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.appendChild(use);
  return svg;
}

export interface ButtonOptions {
  readonly icon?: string;
  /** Spoken, and shown on hover, where the icon stands alone. */
  readonly label?: string;
  readonly class?: string;
  readonly onClick: (event: MouseEvent) => void;
}

export function button(text: string | null, options: ButtonOptions): HTMLButtonElement {
  const made = element(
    "button",
    { type: "button", class: options.class ?? "button", "aria-label": options.label, title: options.label },
    options.icon ? icon(options.icon) : null,
    text === null ? null : element("span", {}, text),
  );
  made.addEventListener("click", options.onClick);
  return made;
}

/** The element of index.html with this id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found as T;
}

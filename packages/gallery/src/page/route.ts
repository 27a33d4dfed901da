/** What the page shows, as the part of its address behind "#": it can be kept, shared, and gone back from. */

export const ORDERS = ["typical", "uncertain", "far", "name"] as const;
export type Order = (typeof ORDERS)[number];

export type View =
  | { readonly kind: "overview" }
  | { readonly kind: "cluster"; readonly cluster: number }
  | { readonly kind: "outliers" }
  | { readonly kind: "errors" }
  | { readonly kind: "corrections" }
  | { readonly kind: "search"; readonly text: string };

export interface Route {
  readonly view: View;
  readonly order: Order;
  /** Path of the picture that is open. */
  readonly picture: string | null;
}

const PLAIN = ["outliers", "errors", "corrections"] as const;

/** Anything that is no address of this page is the overview. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parameters = new URLSearchParams(query);
  const order = ORDERS.find((name) => name === parameters.get("order")) ?? "typical";
  return { view: viewOf(path, parameters), order, picture: parameters.get("picture") };
}

function viewOf(path: string, parameters: URLSearchParams): View {
  const kind = PLAIN.find((name) => name === path);
  if (kind) return { kind };
  const cluster = /^cluster\/(\d{1,9})$/.exec(path);
  if (cluster) return { kind: "cluster", cluster: Number(cluster[1]) };
  if (path === "search") return { kind: "search", text: parameters.get("text") ?? "" };
  return { kind: "overview" };
}

export function formatRoute({ view, order, picture }: Route): string {
  const parameters = new URLSearchParams();
  if (view.kind === "search") parameters.set("text", view.text);
  if (order !== "typical") parameters.set("order", order);
  if (picture !== null) parameters.set("picture", picture);
  const path =
    view.kind === "overview" ? "" : view.kind === "cluster" ? `cluster/${view.cluster}` : view.kind;
  return `#/${path}${parameters.size > 0 ? `?${parameters}` : ""}`;
}

/** Whether two routes show the same but for the picture that is open. */
export const sameView = (a: Route, b: Route): boolean =>
  formatRoute({ ...a, picture: null }) === formatRoute({ ...b, picture: null });

/** Addresses of the page. */

import { expect, it } from "vitest";
import { formatRoute, parseRoute, type Route, sameView } from "./route.js";

const ROUTES: readonly (readonly [string, Route])[] = [
  ["#/", { view: { kind: "overview" }, order: "typical", picture: null }],
  [
    "#/cluster/12?order=uncertain",
    { view: { kind: "cluster", cluster: 12 }, order: "uncertain", picture: null },
  ],
  [
    "#/outliers?picture=a%2Fb+%26%23%3F.png",
    { view: { kind: "outliers" }, order: "typical", picture: "a/b &#?.png" },
  ],
  [
    "#/search?text=50+%25&order=name",
    { view: { kind: "search", text: "50 %" }, order: "name", picture: null },
  ],
  ["#/errors", { view: { kind: "errors" }, order: "typical", picture: null }],
  ["#/corrections", { view: { kind: "corrections" }, order: "typical", picture: null }],
];

it.each(ROUTES)("%s there and back", (hash, route) => {
  expect(formatRoute(route)).toBe(hash);
  expect(parseRoute(hash)).toEqual(route);
});

it.each(["", "#", "#/nowhere", "#/cluster/x", "#/cluster/-1", "#/?order=backwards"])(
  "%j is the overview",
  (hash) => {
    expect(parseRoute(hash)).toEqual({ view: { kind: "overview" }, order: "typical", picture: null });
  },
);

it("takes an open picture for no other view", () => {
  const route = parseRoute("#/cluster/1");
  expect(sameView(route, { ...route, picture: "a.png" })).toBe(true);
  expect(sameView(route, { ...route, order: "name" })).toBe(false);
});

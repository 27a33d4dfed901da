/** The page: reads the address, shows a view, and hands keys and corrections on. */

import type { App, ViewElement } from "./app.js";
import { correctionsView } from "./corrections-view.js";
import { setUpDock } from "./dock.js";
import { button, byId, element, replaceChildren } from "./dom.js";
import { errorsView } from "./errors-view.js";
import { count, counted } from "./format.js";
import { Gallery } from "./gallery.js";
import { helpDialog } from "./help-dialog.js";
import { chooseFile, keepCorrections, keptCorrections, saveCorrections } from "./keep-corrections.js";
import { loadScript } from "./load-script.js";
import { overview } from "./overview.js";
import { PictureDialog } from "./picture-dialog.js";
import { formatRoute, ORDERS, type Order, parseRoute, type Route, sameView } from "./route.js";
import { Selection } from "./selection.js";
import { clusterView, outliersView, searchView } from "./single-views.js";
import { store, stored } from "./storage.js";
import { setUpThemeButton, startTheme } from "./theme.js";
import { say } from "./toast.js";
import { showViewLinks } from "./view-links.js";
import { WhereDialog } from "./where-dialog.js";

const TILE_KEY = "mmgan-gallery:tile";
const TILE_MIN = 32;
const TILE_MAX = 256;
/** Milliseconds between the last key of a search and the search. */
const TYPED = 150;

const ORDER_NAMES: Readonly<Record<Order, string>> = {
  typical: "Most typical first",
  uncertain: "Least certain first",
  far: "Farthest first",
  name: "By name",
};

class Page implements App {
  readonly gallery: Gallery;
  readonly selection = new Selection();
  route: Route;
  tile: number;
  readonly #main = byId("main");
  readonly #heading = byId("heading");
  readonly #order = byId<HTMLSelectElement>("order");
  readonly #size = byId<HTMLInputElement>("size");
  readonly #search = byId<HTMLInputElement>("search");
  readonly #picture: PictureDialog;
  readonly #where: WhereDialog;
  readonly #help = helpDialog();
  #view: ViewElement | undefined;
  /** Counts views: one that was loading when another was asked for is dropped. */
  #asked = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(gallery: Gallery) {
    this.gallery = gallery;
    this.route = parseRoute(location.hash);
    const { cell } = gallery.about.sheets;
    const kept = Number(stored(TILE_KEY));
    this.tile = kept >= TILE_MIN && kept <= TILE_MAX ? kept : Math.max(56, Math.min(96, cell));
    this.#picture = new PictureDialog(this, (picture) => this.#onPicture(picture));
    this.#where = new WhereDialog(gallery);
    document.body.append(this.#picture.element, this.#where.element, this.#help);
  }

  async start(): Promise<void> {
    const { corrections, about } = this.gallery;
    const kept = keptCorrections(about.key);
    if (kept) {
      // Corrections speak of paths.
      await this.gallery.all();
      corrections.restore(kept);
    }
    keepCorrections(corrections, about.key);
    corrections.onChange(() => this.#update());
    this.selection.onChange(() => this.#showSelection());
    this.#setUpControls();
    setUpDock(this);
    addEventListener("hashchange", () => void this.#show(parseRoute(location.hash)));
    document.addEventListener("keydown", (event) => this.#onKey(event));
    await this.#showView(this.route, false);
    if (this.route.picture !== null) await this.#openPath(this.route.picture);
    this.#showState();
    await this.gallery.all();
  }

  go(route: Partial<Route>): void {
    location.hash = formatRoute({ ...this.route, picture: null, ...route });
  }

  open(picture: number, list: readonly number[]): void {
    void this.#picture.open(picture, list);
  }

  askWhere(pictures: readonly number[]): void {
    if (pictures.length > 0) this.#where.open(pictures.length, (cluster) => this.move(pictures, cluster));
  }

  move(pictures: readonly number[], cluster: number): void {
    void this.gallery.ensure(pictures).then(() => {
      const moved = this.gallery.corrections.move(pictures, cluster);
      const name = this.gallery.nameOf(cluster);
      if (moved === 0) return this.say(`Already in ${name}.`);
      this.selection.clear();
      this.say(`${counted(moved, "picture")} moved to ${name}.`, true);
    });
  }

  say(text: string, undo = false): void {
    say(text, undo);
  }

  #undo(): void {
    const { corrections } = this.gallery;
    const can = corrections.canUndo;
    if (can) corrections.undo();
    this.say(can ? "Undone." : "Nothing to undo.");
  }

  #save(): void {
    saveCorrections(this.gallery.corrections);
    this.say("Saved as corrections.json among your downloads.");
  }

  async #load(): Promise<void> {
    try {
      const text = await chooseFile();
      await this.gallery.all();
      const { taken, unknown } = this.gallery.corrections.load(JSON.parse(text));
      const passed = unknown > 0 ? `; ${count(unknown)} speak of pictures or clusters that are not here` : "";
      this.say(`${counted(taken, "correction")} taken${passed}.`);
    } catch (error) {
      this.say(`That file cannot be taken: ${(error as Error).message}`);
    }
  }

  async #show(route: Route): Promise<void> {
    const before = this.route;
    this.route = route;
    if (!sameView(before, route)) await this.#showView(route, true);
    if (route.picture === null) this.#picture.element.close();
    else await this.#openPath(route.picture);
  }

  async #showView(route: Route, focus: boolean): Promise<void> {
    const asked = ++this.#asked;
    document.body.classList.add("loading");
    const view = await this.#make(route);
    if (asked !== this.#asked) return;
    document.body.classList.remove("loading");
    this.#view = view;
    replaceChildren(this.#main, view.element);
    replaceChildren(this.#heading, view.heading);
    this.#order.value = route.order;
    byId("order-field").hidden = !view.ordered;
    byId("size-field").hidden = route.view.kind === "errors" || route.view.kind === "corrections";
    if (document.activeElement !== this.#search)
      this.#search.value = route.view.kind === "search" ? route.view.text : "";
    showViewLinks(this);
    const typing = document.activeElement === this.#search || document.activeElement === this.#order;
    if (focus && !typing) this.#main.querySelector<HTMLElement>(".grid-list")?.focus({ preventScroll: true });
  }

  async #make({ view, order }: Route): Promise<ViewElement> {
    const needsRows = order !== "typical" || ["outliers", "search", "corrections"].includes(view.kind);
    if (needsRows) await this.gallery.all();
    if (view.kind === "cluster" && view.cluster < this.gallery.about.clusters)
      return clusterView(this, view.cluster);
    if (view.kind === "outliers") return outliersView(this);
    if (view.kind === "search" && view.text.trim() !== "") return searchView(this, view.text.trim());
    if (view.kind === "errors") return errorsView(this, await this.gallery.errors());
    if (view.kind === "corrections")
      return correctionsView(this, { save: () => this.#save(), load: () => void this.#load() });
    return overview(this);
  }

  /** Opens the picture that the address names. */
  async #openPath(path: string): Promise<void> {
    const { picture } = this.#picture;
    if (picture !== null && this.gallery.pathOf(picture) === path) return;
    await this.gallery.all();
    const found = this.gallery.pictureOf(path);
    if (found !== undefined) await this.#picture.open(found, [found]);
  }

  #onPicture(picture: number | null): void {
    const path = picture === null ? null : this.gallery.pathOf(picture);
    this.route = { ...this.route, picture: path };
    history.replaceState(null, "", formatRoute(this.route));
  }

  #update(): void {
    this.#view?.update();
    this.#picture.update();
    this.#showState();
    showViewLinks(this);
  }

  /** Numbers and buttons that hang on corrections. */
  #showState(): void {
    const { corrections } = this.gallery;
    byId("undo").toggleAttribute("disabled", !corrections.canUndo);
    const save = byId("save");
    save.toggleAttribute("disabled", corrections.count === 0 && corrections.unsaved === 0);
    save.classList.toggle("primary", corrections.unsaved > 0);
    const label =
      corrections.unsaved > 0 ? `Save ${counted(corrections.unsaved, "correction")}` : "Save corrections";
    save.setAttribute("aria-label", label);
    save.title = label;
    byId("save-text").textContent = corrections.unsaved > 0 ? `Save ${count(corrections.unsaved)}` : "Save";
  }

  #showSelection(): void {
    const { size } = this.selection;
    byId("picked").hidden = size === 0;
    document.body.classList.toggle("picking", size > 0);
    byId("picked-count").textContent = `${counted(size, "picture")} picked`;
    for (const tile of this.#main.querySelectorAll<HTMLElement>(".tile")) {
      const picture = Number(tile.dataset.picture);
      tile.setAttribute("aria-selected", String(this.selection.has(picture)));
    }
  }

  #setUpControls(): void {
    const { about, pictures } = this.gallery;
    byId("title").textContent = about.title;
    byId("subtitle").textContent = [
      counted(
        about.sizes.reduce((sum, size) => sum + size, 0),
        "picture",
      ),
      about.model ? `model ${about.model.name}` : "",
      about.limit !== null ? `${count(pictures)} shown` : "",
    ]
      .filter(Boolean)
      .join(" · ");
    const orders = ORDERS.filter((order) => order !== "far" || about.distances);
    replaceChildren(
      this.#order,
      ...orders.map((order) => element("option", { value: order }, ORDER_NAMES[order])),
    );
    this.#order.addEventListener("change", () => this.go({ order: this.#order.value as Order }));
    this.#size.value = String(this.tile);
    this.#size.addEventListener("input", () => {
      this.tile = Number(this.#size.value);
      store(TILE_KEY, this.tile);
      this.#view?.update();
    });
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#searchNow(), TYPED);
    });
    byId("search-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#searchNow();
      this.#main.querySelector<HTMLElement>(".grid-list")?.focus();
    });
    byId("undo").addEventListener("click", () => this.#undo());
    byId("undo-said").addEventListener("click", () => this.#undo());
    byId("save").addEventListener("click", () => this.#save());
    byId("help").addEventListener("click", () => this.#help.showModal());
    byId("move-picked").addEventListener("click", () => this.askWhere(this.selection.all()));
    byId("pick-none").addEventListener("click", () => this.selection.clear());
    setUpThemeButton();
  }

  #searchNow(): void {
    clearTimeout(this.#typing);
    const text = this.#search.value.trim();
    if (text !== "") this.go({ view: { kind: "search", text } });
    else if (this.route.view.kind === "search") this.go({ view: { kind: "overview" } });
  }

  #onKey(event: KeyboardEvent): void {
    const key = event.key.toLowerCase();
    const isCommand = event.ctrlKey || event.metaKey;
    if (!isCommand && document.querySelector("dialog[open]")) return;
    if (isCommand) {
      if ((event.target as Element).matches("input[type=text], input[type=search]") && key === "z") return;
      if (key === "z") this.#undo();
      else if (key === "s") this.#save();
      else return;
    } else if ((event.target as Element).matches("input, select, textarea")) {
      if (event.key !== "Escape" || event.target !== this.#search) return;
      this.#search.value = "";
      this.#searchNow();
    } else if (event.key === "/") this.#search.focus();
    else if (event.key === "?") this.#help.showModal();
    else if (event.key === "Escape") this.selection.clear();
    else return;
    event.preventDefault();
  }
}

startTheme();
loadScript("about")
  .then((about) => new Page(new Gallery(about, loadScript)).start())
  .catch((error: Error) => {
    replaceChildren(
      byId("main"),
      element(
        "div",
        { class: "page" },
        element("p", { class: "empty", role: "alert" }, error.message),
        button("Try again", { onClick: () => location.reload() }),
      ),
    );
  });

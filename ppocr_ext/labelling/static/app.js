// The page: its views, keys, state of saving, news and dialogs.
import { byId, count, knows, LANGUAGE, make, t } from "./dom.js";
import { Enter, isComposing } from "./enter.js";
import { nameOf, run } from "./keys.js";
import { LinesView } from "./lines.js";
import { PageView } from "./page.js";
import { ReviewView } from "./review.js";
import { SheetView } from "./sheet.js";
import { ask, Store } from "./store.js";

const NOTICE = 6000; // ms
const SHARE = { maximumFractionDigits: 1 };
const all = (selector) => [...document.querySelectorAll(selector)];
const said = (code, more = "") => t(knows(`error_${code}`) ? `error_${code}` : "error_other", { key: code, more });

class App {
  constructor(store) {
    Object.assign(this, { store, main: byId("main"), view: null });
    const views = [new LinesView(this), new SheetView(this), new ReviewView(this), new PageView(this)];
    this.views = Object.fromEntries(views.map((view) => [view.name, view]));
    this.enter = new Enter(document, (field, withCtrl) => { if (this.view.field?.input === field) this.view.accept(withCtrl); });
    document.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("click", ({ target }) => { if (target.closest("button")) this.#onClick(target.closest("button")); });
    addEventListener("unhandledrejection", (event) => { // of what was asked for and not answered
      const { code, found } = event.reason;
      if (typeof code !== "string") return;
      event.preventDefault();
      this.#notice(said(code, found));
    });
    store.queue.addEventListener("change", () => this.#show());
    store.listen("state", () => this.#show());
    store.listen("notice", ({ key, more }) => this.notice(key, { more }));
    store.listen("back", ({ n, p }) => this.view.returnTo(n, p));
    byId("copy").onclick = () => navigator.clipboard?.writeText(byId("command").textContent);
    for (const dialog of all("dialog")) dialog.addEventListener("close", () => this.view?.field?.focus());
    byId("who").onclose = () => { store.who = localStorage["ppocr-label-who"] = byId("name").value.trim(); };
    for (const each of all(".writes, .writes button")) each.hidden = !store.mayWrite;
    byId("views").lastElementChild.hidden = !store.state.pages;
    if (store.state.lan && !store.who) byId("who").showModal();
    if (store.state.warnings.length) this.notice("warning", { more: store.state.warnings.join("; ") });
  }
  get tables() { return [this.view?.field?.keys ?? [], this.view?.keys ?? [], this.keys]; }
  async show(name, n = null) {
    this.view?.leave();
    this.view = this.views[name];
    for (const view of Object.values(this.views)) view.element.hidden = view !== this.view;
    for (const each of byId("views").children) each.ariaCurrent = each.dataset.view === name ? "page" : null;
    await this.view.open(n).catch(({ code, found }) => this.#notice(said(code, found)));
  }
  notice(key, values = {}) { this.#notice(knows(key) ? t(key, values) : said(key, values.more)); }
  #notice(text) {
    Object.assign(byId("notice"), { textContent: text, hidden: false });
    clearTimeout(this.noticed);
    this.noticed = setTimeout(() => { byId("notice").hidden = true; }, NOTICE);
  }
  #onKey(event) {
    const { tagName } = event.target;
    if (all("dialog[open]").length || tagName === "SELECT" || (tagName === "BUTTON" && ["Enter", " "].includes(event.key))) return;
    if (isComposing(event) || this.enter.composing) {
      if (event.key === "Tab") event.preventDefault(); // it would carry the letters away
    } else if (run(this.tables, nameOf(event), tagName === "INPUT" ? "field" : "free", event)) event.preventDefault();
  }
  #onClick({ dataset: { view, dialog, keys, take } }) {
    if (view) this.show(view);
    else if (dialog) this.#open(dialog);
    else if (take) this.#take(take);
    else if (keys === "Enter" || (keys === "Ctrl+Enter" && this.view.field)) this.view.accept(keys !== "Enter");
    else if (keys) run(this.tables, keys, "", { key: keys, target: document.body });
  }
  /** Ctrl+Z and Ctrl+Y are the field's own while it has something to take back or to repeat. */
  #turnBack(kind, { target }) {
    const { field } = this.view;
    if (field?.input === target && (kind === "undo" ? field.isTouched : field.redoes > 0)) return false;
    this.view.leave();
    return this.store[kind]();
  }

  // ---- what is saved, done and left
  #show() {
    const { state, queue } = this.store, waiting = queue.items.length, trouble = queue.problem ?? this.store.problem;
    const { state: reading, read, total, error, model } = state.drafts, changed = state.files.find((file) => file.state === "changed");
    byId("saved").textContent = trouble ? `${said(trouble)} ${waiting ? t("waiting", { count: waiting }) : ""}` : t(waiting ? "saving" : "saved");
    byId("saved").className = trouble ? "wrong" : waiting ? "quiet" : "right";
    byId("counts").textContent = [t("done_left", { done: count(state.done), left: count(state.left) }),
      state.per_hour && t("per_hour", { count: count(Math.round(state.per_hour)) })].filter(Boolean).join(" · ");
    byId("reading").textContent = `${t(`drafts_${reading}`, { read: count(read), total: count(total), model })} ${error}`;
    if (this.wasReading && (reading === "done" || !this.view?.ns.length)) this.view?.reorder?.();
    this.wasReading = reading !== "done";
    if (!changed || this.offered === changed.name || all("dialog[open]").length) return;
    this.offered = changed.name;
    byId("changed").textContent = t("file_changed", changed);
    byId("files").showModal();
  }
  async #take(take) {
    const name = this.offered;
    byId("files").close();
    this.offered = null;
    const { kept } = await ask("/api/files", { name, take });
    if (kept) this.notice("file_kept", { name: kept });
  }
  async #open(name) {
    if (name === "help") {
      const shown = (keys) => keys.replaceAll("Arrow", "").replaceAll(/\b[a-z]\b/g, (each) => each.toUpperCase());
      byId("help").querySelector("tbody").replaceChildren(...this.tables.flat().filter(([, , key]) => key).map(([keys, , key]) =>
        make("tr", {}, make("td", {}, make("kbd", { textContent: shown(keys) })), make("td", { textContent: t(key) }))));
    } else {
      const { train, evaluation, split } = await ask("/api/state");
      const shares = Object.entries(evaluation ?? {}).map(([key, value]) =>
        [key, key.startsWith("acc") || key.startsWith("cer") ? (value * 100).toLocaleString(LANGUAGE, SHARE) : value]);
      byId("first").textContent = evaluation ? t("evaluation", Object.fromEntries(shares)) : t("evaluation_later");
      if (evaluation?.order === "mixed") byId("first").append(` ${t("evaluation_mixed")}`);
      byId("install").textContent = train.install && t("train_install", { command: train.install });
      byId("command").textContent = train.command;
      byId("paths").textContent = [...train.paths, t("split_sizes", split), train.more].join("\n");
    }
    byId(name).showModal();
  }
  keys = [
    ["Ctrl+z", "", "undo", (event) => this.#turnBack("undo", event)],
    ["Ctrl+y Ctrl+Shift+z", "", "redo", (event) => this.#turnBack("redo", event)],
    ["F10", "", "key_views", () => document.querySelector("[aria-current]").focus()],
    ["Escape", "field", "key_leave", () => this.main.focus()],
    ["?", "free", "help", () => { this.#open("help"); }],
  ];
}

document.documentElement.lang = LANGUAGE;
for (const node of all("[data-t]")) node.textContent = t(node.dataset.t);
for (const node of all("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
try {
  const store = new Store(await ask("/api/state"));
  await store.resent;
  document.title = `${store.state.name} · label.py`;
  await new App(store).show("lines");
  document.documentElement.dataset.ready = Math.round(performance.now()); // ms
} catch (error) {
  Object.assign(byId("notice"), { textContent: said(error.code, error.message), hidden: false });
}

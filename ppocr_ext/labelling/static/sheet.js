// Twenty confident drafts at a glance; Ctrl+Enter confirms those that are not marked.
import { make, t } from "./dom.js";
import { way } from "./keys.js";
import { View } from "./view.js";

const LETTERS = [..."abcdefghijklmnopqrst"], SHEET = LETTERS.length; // a letter marks its draft

export class SheetView extends View {
  constructor(app) {
    super(app, "sheets");
    Object.assign(this, { ns: [], shown: [], marked: new Set(), at: 0, start: 0 });
    this.store.listen("line", (n) => { if (this.isOpen && this.field?.n !== n) this.#fill(this.shown.indexOf(n)); });
  }
  async open() { this.leave(); this.shown = []; await this.reorder(); }
  async reorder() { ({ ns: this.ns } = await this.store.order("sheet")); if (!this.shown.length) await this.turn(0); }
  returnTo() { return this.open(); }
  #todo() { return this.ns.filter((n) => !this.marked.has(n) && (this.store.line(n)?.kind ?? "todo") === "todo"); }
  /** The next (1) or last (-1) twenty, or again from the first that is left (0). */
  async turn(step) {
    if (!this.isOpen) return;
    this.leave();
    const todo = this.#todo();
    this.start = Math.max(0, step && this.start + step * SHEET);
    if (this.start >= todo.length) this.start = 0;
    const shown = this.wanted = todo.slice(this.start, this.start + SHEET);
    await this.store.need(shown);
    if (!this.isOpen || shown !== this.wanted) return;
    this.shown = shown.filter((n) => this.store.line(n));
    this.title.textContent = t(this.shown.length ? "sheet_title" : shown.length ? "error_offline" : "empty_sheet", { count: todo.length });
    this.sheet.replaceChildren(...this.shown.map((_, at) => make("div", { role: "checkbox",
      onclick: () => { this.select(at); if (!this.field) this.mark(at); } })));
    this.shown.forEach((_, at) => this.#fill(at));
    this.select(0);
    this.store.prefetch(todo.slice(this.start + SHEET, this.start + 2 * SHEET));
  }
  #fill(at) {
    const line = this.store.line(this.shown[at]), item = this.sheet.children[at];
    if (!line || !item) return;
    const isMarked = this.marked.has(line.n);
    Object.assign(item, { ariaChecked: String(!isMarked), className: `item ${line.kind} ${isMarked ? "marked" : ""}` });
    item.replaceChildren(make("kbd", { textContent: LETTERS[at].toUpperCase() }), make("div", { className: "strip" }, this.store.image(line.n)),
      make("p", { className: "text", lang: "vi", textContent: this.store.startOf(line) }));
  }
  select(at) {
    if (this.field && at === this.at) return;
    this.leave();
    this.#fill(this.at);
    this.at = Math.min(this.shown.length - 1, Math.max(0, at));
    [...this.sheet.children].forEach((item, i) => { item.tabIndex = i === this.at ? 0 : -1; });
    (this.sheet.children[this.at] ?? this.app.main).focus();
  }
  mark(at) { const n = this.shown[at]; if (n !== undefined && !this.marked.delete(n)) this.marked.add(n); this.#fill(at); }
  edit() {
    const line = this.store.line(this.shown[this.at]), item = this.sheet.children[this.at];
    if (!line || !this.store.mayWrite) return;
    this.makeField(line);
    item.lastChild.replaceWith(this.field.element);
    this.field.fit(item.children[1].firstChild.clientWidth, 20);
    this.field.focus();
  }
  #done(act) {
    const n = this.shown[this.at];
    if (n === undefined || !this.store.mayWrite) return;
    this.field = null;
    act(n);
    this.select(this.at + 1);
  }
  acceptText(text, withCtrl) {
    if (text.trim()) this.#done((n) => this.store.accept(n, text, "sheet"));
    if (withCtrl) this.confirm();
  }
  /** Marked lines stay to do, for the view of lines. */
  async confirm() {
    if (!this.store.mayWrite) return;
    const lines = this.shown.map((n) => this.store.line(n)).filter((line) => line.kind === "todo" && !this.marked.has(line.n))
      .map((line) => ({ n: line.n, text: this.store.startOf(line) })).filter(({ text }) => text.trim());
    if (lines.length) this.store.confirm(lines);
    await (this.#todo().length ? this.turn(0) : this.open());
  }
  keys = [
    ["Ctrl+Enter", "free", "key_confirm", () => { this.confirm(); }],
    [LETTERS.join(" "), "free", "key_mark_letter", ({ key }) => this.mark(LETTERS.indexOf(key.toLowerCase()))],
    ["Space", "free", "key_mark", () => this.mark(this.at)],
    ["Enter", "free", "key_edit", () => this.edit()],
    ["Enter", "field", "key_accept", null],
    ["ArrowUp ArrowDown", "", "key_lines", (event) => this.select(this.at + way(event))],
    ["PageUp PageDown", "free", "key_sheets", (event) => { this.turn(way(event)); }],
    ["F2", "", "key_skip", () => this.#done((n) => this.store.act("skip", { n }, { kind: "skip", typed: null }))],
    ["F4", "", "key_page", () => { if (this.store.line(this.shown[this.at])?.p) this.app.show("page", this.shown[this.at]); }],
    ["Escape", "field", "key_close", () => { this.leave(); this.select(this.at); }],
  ];
}

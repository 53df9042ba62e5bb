// One line large with its field, its neighbours dimmed, all lines in a list beside it.
import { count, make, t } from "./dom.js";
import { way } from "./keys.js";
import { List } from "./list.js";
import { View } from "./view.js";

const AHEAD = 10, DOUBT = 90; // pictures asked for early; per cent
const LEND_AFTER = 700, LEND_AGAIN = 20_000; // ms

export class LinesView extends View {
  constructor(app, name = "lines") {
    super(app, name);
    Object.assign(this, { ns: [], index: -1, confs: new Map() });
    if (this.order) this.order.value = this.store.state.order;
    for (const choice of [this.queue, this.order]) choice?.addEventListener("change", () => this.open());
    this.list = new List(this.rows, this.store, (at) => this.go(at));
    this.store.listen("line", (n) => {
      if (this.isNews(n) || (this.isOpen && this.isLate && n === this.n)) this.show();
      if (this.isOpen) this.list.drawSoon();
    });
    this.store.listen("gone", (gone) => {
      const { n } = this;
      this.#setNs(this.ns.filter((each) => !gone.includes(each)));
      if (!gone.includes(n)) this.index = this.ns.indexOf(n);
      else if (this.isOpen) this.go(this.index);
    });
    setInterval(() => { if (this.typedAt > Date.now() - LEND_AGAIN) this.#lend(); }, LEND_AGAIN);
  }
  get n() { return this.ns[this.index]; }
  get line() { return this.store.line(this.n); }
  #setNs(ns) { this.ns = ns; this.list.set(ns); }
  async #order() {
    const { ns, confs } = await this.store.order(this.queue.value, this.order?.value);
    this.confs = new Map(ns.map((n, at) => [n, confs[at]]));
    return ns;
  }
  /** Show the queue; n: the line to begin with. */
  async open(n = null) {
    this.leave();
    const turn = this.turn = { n }, ns = await this.#order(); // whose answer may come after that of a later call
    if (!this.isOpen || turn !== this.turn) return;
    this.#setNs(turn.n === null || ns.includes(turn.n) ? ns : [turn.n, ...ns]);
    await this.go(turn.n === null ? 0 : this.ns.indexOf(turn.n));
  }
  /** New readings change the order of what nobody has seen yet. */
  async reorder() {
    const { turn } = this, ns = await this.#order(), seen = this.ns.slice(0, this.index + 1), known = new Set(seen);
    if (!this.isOpen || turn !== this.turn) return;
    this.#setNs([...seen, ...ns.filter((n) => !known.has(n))]);
    if (this.index < 0) await this.go(0);
  }
  returnTo(n) {
    this.turn.n = n; // where a queue that is on its way begins
    if (!this.ns.includes(n)) this.#setNs(this.ns.toSpliced(Math.max(0, this.index), 0, n));
    return this.go(this.ns.indexOf(n));
  }
  async go(index) {
    this.leave();
    this.index = index = Math.min(this.ns.length - 1, Math.max(0, index));
    const { n } = this, around = this.ns.slice(Math.max(0, index - 1), index + 3);
    if (around.some((each) => !this.store.line(each))) await this.store.need(around);
    if (this.n !== n || this.field) return;
    this.isLate = !this.line; // of lines that are left it comes with the connection
    const text = t(this.ns.length ? "error_offline" : `empty_${this.queue.value}`);
    if (!this.isLate) return this.show();
    this.stage.replaceChildren(make("p", { className: "empty", textContent: text }));
    this.list.setCurrent(index); // whose rows in sight are asked for until they come
  }
  show() {
    this.isLate = false;
    const { line, index } = this, image = this.store.image(line.n);
    const field = this.makeField(line, () => { this.typedAt = Date.now(); this.#follow(); });
    this.strip = make("div", { className: "strip" }, image);
    const card = make("article", { className: `card current ${line.kind}` }, this.#head(line), this.strip, field.element, this.extra(line));
    card.dataset.n = line.n;
    this.stage.replaceChildren(...[this.#near(index - 1), card, this.#near(index + 1), this.#near(index + 2)].filter(Boolean));
    if (image.complete) this.#fit();
    else image.onload = () => { if (this.field === field) this.#fit(); };
    field.focus();
    this.list.setCurrent(index);
    setTimeout(() => { if (this.n === line.n) this.#prepare(); }, 0); // once the line is on the screen
  }
  #prepare() {
    this.store.prefetch(this.ns.slice(this.index + 1, this.index + 1 + AHEAD));
    clearTimeout(this.lending);
    this.lending = setTimeout(() => {
      this.#lend();
      if (this.index + 1 < this.ns.length) this.store.letters(this.ns[this.index + 1]);
    }, LEND_AFTER);
  }
  async #lend() {
    const { n } = this, who = this.isOpen && this.line && await this.store.lend(n);
    if (who && this.n === n) this.app.notice("lent_to", { who });
  }
  /** The text as wide as its picture. */
  #fit() { this.field.fit(this.strip.firstChild.clientWidth); this.#follow(); }
  /** A line wider than the window scrolls with the caret. */
  #follow() {
    const { scrollWidth, clientWidth } = this.strip;
    if (scrollWidth > clientWidth) this.strip.scrollLeft = this.field.caret * scrollWidth - clientWidth / 2;
  }
  #head({ name, kind, conf, who, error }) {
    const facts = [t("line_of", { index: count(this.index + 1), all: count(this.ns.length) }), name, t(`kind_${kind}`),
      conf === null ? "" : t("sure", { share: Math.round(conf * 100) }), who];
    return make("header", { className: "quiet" }, facts.filter(Boolean).join(" · "),
      make("strong", { className: "wrong", textContent: ` ${error}` }));
  }
  #near(at) {
    const line = this.store.line(this.ns[at]);
    return line && make("article", { className: `card near ${line.kind}`, onclick: () => this.go(at) },
      make("div", { className: "strip" }, this.store.image(line.n)),
      make("p", { className: "text", lang: "vi", textContent: this.store.startOf(line) || "–" }));
  }
  /** What stands under the field. */
  extra() { return ""; }

  // ---- actions
  acceptText(text) { this.field = null; this.store.accept(this.n, text, this.queue.value); this.next(); }
  settle(kind) {
    if (!this.field || !this.store.mayWrite) return; // a line that is not on the screen yet
    const text = kind === "unsure" ? { text: this.field.value } : {};
    this.field = null;
    this.store.act(kind, { n: this.n, ...text }, { kind, ...text, typed: null });
    this.next();
  }
  reset() {
    if (!this.field) return;
    this.field = null;
    this.store.act("reset", { n: this.n });
    this.show();
  }
  next() {
    let index = this.index + 1;
    while (this.store.leases.has(this.ns[index])) index++;
    if (index >= this.ns.length) this.app.notice("end_of_list");
    return this.go(index);
  }
  toPage() { if (this.line?.p === null) this.settle("bad"); else if (this.field) this.app.show("page", this.n); }
  uncertain(step) {
    const isDoubtful = (n) => { const line = this.store.line(n); return line ? line.kind === "todo" && !(line.conf * 100 >= DOUBT) : this.confs.get(n) < DOUBT; };
    const found = step > 0 ? this.ns.findIndex((n, at) => at > this.index && isDoubtful(n))
      : this.ns.findLastIndex((n, at) => at < this.index && isDoubtful(n));
    if (found < 0) this.app.notice("none_uncertain");
    else this.go(found);
  }
  /** By lines; false at either end, so that Tab leaves the field there. */
  step(by) { return this.ns[this.index + by] !== undefined && this.go(this.index + by); }
  keys = [
    ["Enter", "field", "key_accept", null],
    ["Enter", "free", "key_to_field", () => this.field?.focus()],
    ["ArrowUp ArrowDown", "", "key_lines", (event) => { this.step(way(event)); }],
    ["PageUp PageDown", "", "key_ten_lines", (event) => { this.go(this.index + 10 * way(event)); }],
    ["F8 Shift+F8", "", "key_uncertain", (event) => this.uncertain(way(event))],
    ["Tab Shift+Tab", "field", "key_tab", (event) => this.step(way(event))],
    ["F2", "", "key_skip", () => this.settle("skip")],
    ["F9", "", "key_unsure", () => this.settle("unsure")],
    ["F4", "", "key_page", () => this.toPage()],
    ["Ctrl+Delete", "free", "start_again", () => this.reset()],
  ];
}

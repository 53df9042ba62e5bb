// A page with its boxes: drawn, pulled, turned, joined, split, deleted, put in order, and read at once.
import { draw, make } from "./dom.js";
import * as geometry from "./geometry.js";
import { way } from "./keys.js";
import { List } from "./list.js";
import { ask } from "./store.js";
import { View } from "./view.js";

const LEAST = 6, NEAR = 2, POP = 130, READ = 28; // px: a box, a drag, a field, a line to read
const SETTLE = 400; // ms without an arrow key before a moved box is saved
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const arrows = (...held) => held.flatMap((each) => Object.keys(ARROWS).map((key) => each + key)).join(" ");

export class PageView extends View {
  constructor(app) {
    super(app, "page");
    Object.assign(this, { pages: [], page: null, ns: [], n: null, drag: null, moved: null, pointer: [0, 0], sight: { x: 0, y: 0, scale: 1 } });
    const { svg, store } = this;
    [this.picture, this.boxes, this.marks] = svg.children;
    this.list = new List(this.rows, store, (at) => this.select(this.ns[at]), true);
    this.choice.addEventListener("change", () => this.load(Number(this.choice.value)));
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, () => this.#up());
    svg.addEventListener("dblclick", () => this.edit());
    svg.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(1.2 ** -Math.sign(event.deltaY), this.#at(event)); });
    addEventListener("keyup", ({ key }) => { if (key === " ") this.isPanning = false; });
    new ResizeObserver(() => { if (this.page && this.isOpen) this.#look(); }).observe(this.ground);
    store.listen("line", (n) => this.#onLine(n));
    store.listen("ack", (detail) => this.#onAck(detail));
    store.listen("gone", (gone) => { if (this.isOpen && this.page) this.#setNs(this.ns.filter((n) => !gone.includes(n)), gone.includes(this.n) ? null : this.n); });
    store.listen("pages", (ps) => {
      if (!ps.includes(this.page?.p)) return;
      if (this.drag) this.isStale = true;
      else if (this.isOpen) this.load(this.page.p, this.wanted ?? this.n);
    });
  }
  get line() { return this.store.line(this.n); }
  get mayDraw() { return this.store.mayWrite && this.page && !this.page.fixed; }
  /** The quad of a box as it is being pulled. */
  quadOf(n) { return [this.drag, this.moved].find((each) => each?.quad && each.n === n)?.quad ?? this.store.line(n)?.quad; }
  async open(n = null) {
    const turn = this.turn = {};
    ({ pages: this.pages } = await ask("/api/pages"));
    this.choice.replaceChildren(...this.pages.map(({ p, name, boxes, done }) =>
      make("option", { value: p, textContent: `${name} (${done}/${boxes})` })));
    const p = this.store.line(n)?.p ?? this.page?.p ?? this.pages[0]?.p;
    this.choice.value = this.page?.p ?? p;
    if (p !== undefined && turn === this.turn) await this.load(p, n); // unless another page was asked for meanwhile
  }
  /** Show page p with box n; what was done here meanwhile comes first. */
  async load(p, n = null) {
    const { queue } = this.store, { n: chosen } = this, isOther = this.page?.p !== p, turn = this.turn = {};
    let page, before;
    do { before = queue.mark; page = await ask(`/api/page/${p}`); } while (before !== queue.mark);
    this.isStale = !isOther && queue.items.length > 0;
    if (this.isStale && n !== chosen) this.wanted = n; // until all is saved, or another box is chosen
    if (this.isStale || !this.isOpen || turn !== this.turn) return;
    if (this.n !== chosen && !isOther) ({ n } = this); // another box was chosen meanwhile
    const isTyping = this.n === n && this.field;
    if (!isTyping) this.leave(); // a field that is open stays as it is, with what is being composed
    this.page = page;
    this.choice.value = p;
    this.store.take(page.boxes);
    if (isOther) {
      for (const [name, value] of [["width", page.w], ["height", page.h], ["href", `/image/page/${p}?v=${page.rev}`]]) this.picture.setAttribute(name, value);
      this.fit();
    }
    for (const tool of this.element.querySelectorAll(".draws button")) tool.disabled = !this.mayDraw;
    this.#setNs(page.boxes.map((line) => line.n), page.boxes.some((line) => line.n === n) ? n : null);
    if (!this.field) this.svg.focus();
  }
  returnTo(n, p) { return this.load(p ?? this.page.p, n); }
  leave() {
    this.#settle();
    super.leave();
    this.pop.hidden = true;
    this.pop.replaceChildren();
  }

  // ---- what is in sight: the page's point at the top left, and pixels of the screen per pixel
  fit() {
    const { w, h } = this.page ?? { w: 1, h: 1 }, { clientWidth, clientHeight } = this.ground;
    const scale = Math.min(clientWidth / w, clientHeight / h) || 1;
    this.sight = { x: (w - clientWidth / scale) / 2, y: (h - clientHeight / scale) / 2, scale };
    this.#look();
  }
  zoom(factor, [x, y]) {
    const scale = Math.min(20, Math.max(0.02, this.sight.scale * factor)), share = this.sight.scale / scale;
    this.sight = { x: x - (x - this.sight.x) * share, y: y - (y - this.sight.y) * share, scale };
    this.#look();
  }
  #look() {
    const { x, y, scale } = this.sight, { clientWidth, clientHeight } = this.ground;
    this.svg.setAttribute("viewBox", [x, y, clientWidth / scale, clientHeight / scale].join(" "));
    this.#paint();
  }
  #at({ clientX, clientY }) {
    const { left, top } = this.svg.getBoundingClientRect(), { x, y, scale } = this.sight;
    return [x + (clientX - left) / scale, y + (clientY - top) / scale];
  }
  /** The box stands in the upper part of the window, so that its field never hides it, and is at least so high (px). */
  #bringIntoSight(quad, least = 0) {
    const { left, right, top, bottom } = geometry.bounds(quad), { clientWidth: w, clientHeight: h } = this.ground;
    const wanted = Math.max(this.sight.scale, least / (bottom - top));
    const scale = Math.min(wanted, (w * 0.95) / (right - left), (h * 0.5) / (bottom - top));
    const share = this.sight.scale / scale, x = (left + right) / 2, y = (top + bottom) / 2;
    const sight = this.sight = { x: x - (x - this.sight.x) * share, y: y - (y - this.sight.y) * share, scale };
    if (left < sight.x || right > sight.x + w / scale) sight.x = x - w / scale / 2;
    if (top < sight.y || bottom > sight.y + (h - POP) / scale) sight.y = y - h / scale / 3;
  }
  #paint() {
    const shapes = [], marks = [], { scale, x, y } = this.sight, { drag, n: chosen } = this;
    const polygon = (quad, name, ...children) => draw("polygon", { points: geometry.points(quad), class: `box ${name}` }, ...children);
    this.ns.forEach((n, at) => {
      const line = this.store.line(n), quad = this.quadOf(n);
      if (!quad) return;
      const shape = polygon(quad, `${line.typed ? "changed" : line.kind} ${n === chosen ? "current" : ""}`, draw("title", {}, this.store.startOf(line)));
      shape.dataset.n = n;
      shapes.push(shape);
      if (this.isNumbered) marks.push(draw("text", { x: quad[0][0], y: quad[0][1], "font-size": 14 / scale, class: "number" }, String(at + 1)));
    });
    if (drag?.how === "draw" && drag.quad) marks.push(polygon(drag.quad, "drawn"));
    const quad = chosen !== null && this.quadOf(chosen);
    for (const [name, [cx, cy], corners] of quad && this.mayDraw ? geometry.handles(quad, 24 / scale) : []) {
      marks.push(draw("circle", { cx, cy, r: (name === "edge" ? 4 : 6) / scale, class: `handle ${name}`, "data-corners": corners.join(" ") }));
    }
    this.boxes.replaceChildren(...shapes);
    this.marks.replaceChildren(...marks);
    if (!quad || this.pop.hidden) return;
    const { left, bottom } = geometry.bounds(quad), most = Math.max(0, this.ground.clientWidth - this.pop.offsetWidth);
    this.pop.style.left = `${Math.min(most, Math.max(0, (left - x) * scale))}px`;
    this.pop.style.top = `${(bottom - y) * scale + 12}px`;
  }

  // ---- the pointer: on empty ground it draws, on the chosen box it moves, on handles it pulls and turns
  #down(event) {
    if (event.button > 1 || !this.page) return;
    event.preventDefault();
    this.svg.focus();
    this.svg.setPointerCapture(event.pointerId);
    const start = this.#at(event), { classList, dataset } = event.target;
    const n = dataset.n && this.ns.find((each) => String(each) === dataset.n);
    const hold = (how, more) => { this.drag = { how, start, n: this.n, from: this.quadOf(this.n), ...more }; };
    if (event.button === 1 || this.isPanning) hold("pan", { client: [event.clientX, event.clientY], sight: this.sight });
    else if (classList.contains("handle")) hold(classList.contains("turn") ? "turn" : "pull", { corners: dataset.corners.split(" ").map(Number) });
    else if (n && n === this.n && this.mayDraw) hold("shift");
    else this.select(n || null);
    if (!this.drag && !n && this.mayDraw) hold("draw", { n: null });
  }
  #move(event) {
    const { drag } = this, { how, from, start, corners } = drag ?? {};
    this.pointer = this.#at(event);
    if (how === "pan") {
      const { x, y, scale } = drag.sight;
      this.sight = { x: x - (event.clientX - drag.client[0]) / scale, y: y - (event.clientY - drag.client[1]) / scale, scale };
      this.#look();
    } else if (drag) {
      const x = this.pointer[0] - start[0], y = this.pointer[1] - start[1];
      if (!drag.quad && Math.hypot(x, y) * this.sight.scale < NEAR) return;
      drag.quad = { draw: () => geometry.boxOf(start, this.pointer), shift: () => geometry.shifted(from, x, y),
        pull: () => from.map((each, i) => (corners.includes(i) ? [each[0] + x, each[1] + y] : each)),
        turn: () => geometry.turned(from, geometry.angleBetween(from, start, this.pointer)) }[how]();
      this.#paint();
    }
  }
  #up() {
    const { how, quad, n } = this.drag ?? {};
    this.drag = null;
    if (!quad) return;
    const { left, right, top, bottom } = geometry.bounds(quad);
    if (how !== "draw") this.#save(n, quad);
    else if (right - left >= LEAST && bottom - top >= LEAST) this.add(quad);
    this.#paint();
  }

  // ---- boxes
  #setNs(ns, n = this.n) { this.ns = ns; this.list.set(ns); this.select(n); }
  #save(n, quad) {
    this.moved = null;
    this.store.act("move", { n, quad: geometry.rounded(quad) }, { quad: geometry.rounded(quad) });
  }
  #settle() { clearTimeout(this.settling); if (this.moved) this.#save(this.moved.n, this.moved.quad); }
  /** By keys: what is pressed one after the other is one movement. */
  #pull(change) {
    if (!this.mayDraw || !this.line) return;
    this.moved = { n: this.n, quad: change(this.quadOf(this.n)) };
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.#settle(), SETTLE);
    this.#paint();
  }
  add(box, text = "") {
    const after = this.n ?? this.ns.at(-1), quad = geometry.rounded(box), { p } = this.page;
    const seq = this.store.act("draw", { p, quad, ...(after !== undefined && { after }), ...(text && { text }) });
    const n = `seq:${seq}`; // its name until the server gives it a number
    this.store.put({ n, p, quad, text, kind: "todo", typed: text || null, draft: null, conf: null, rev: 0 });
    this.#setNs(this.ns.toSpliced(this.ns.indexOf(after) + 1, 0, n), n);
    this.edit();
  }
  #onAck({ action, ack }) {
    if (!this.page) return;
    const name = `seq:${action.seq}`, at = this.ns.indexOf(name);
    if (ack.status === "refused" || ["join", "split", "order"].includes(action.kind)) this.isStale = true;
    else if (at >= 0) {
      this.ns[at] = ack.n;
      this.store.rename(name, ack.n);
      if (this.n === name) this.n = ack.n;
      if (this.field?.n === name) this.field.n = ack.n;
      this.#onLine(ack.n);
    }
    if (this.isStale && this.isOpen && !this.store.queue.items.length) this.load(this.page.p, this.wanted ?? this.n);
  }
  #onLine(n) {
    if (!this.isOpen || !this.ns.includes(n)) return;
    if (this.isNews(n)) this.edit();
    this.list.drawSoon();
    this.painting ??= requestAnimationFrame(() => { this.painting = null; this.#paint(); });
  }
  select(n) {
    if (n !== this.n) this.leave();
    Object.assign(this, { n, wanted: null });
    this.list.setCurrent(this.ns.indexOf(n));
    if (this.line?.quad) this.#bringIntoSight(this.line.quad);
    this.#look();
  }
  /** To the box before or after, with its field if one was open; false at either end. */
  step(by) {
    const n = this.ns[this.ns.indexOf(this.n) + by], isTyping = !this.pop.hidden;
    if (n === undefined) return false;
    this.select(n);
    return isTyping ? this.edit() : true;
  }
  edit() {
    const { line } = this;
    if (!line) return;
    this.#settle();
    const field = this.makeField(line), { left, right } = geometry.bounds(line.quad);
    this.#bringIntoSight(line.quad, READ);
    this.pop.replaceChildren(field.element);
    this.pop.hidden = false;
    field.fit((right - left) * this.sight.scale);
    this.#look();
    field.focus();
  }
  #close() { this.leave(); this.svg.focus(); }
  #done(act) {
    if (!this.line || !this.store.mayWrite) return;
    this.field = null;
    act(this.n);
    if (this.step(1) === false) this.#close();
  }
  acceptText(text) { this.#done((n) => this.store.accept(n, text, "page")); }
  settle(kind) { this.#done((n) => this.store.act(kind, { n }, { kind, typed: null })); }
  /** A change of the chosen box, where boxes may be changed. */
  #change(act) { if (!this.mayDraw || !this.line) return; this.#settle(); act(this.line, this.ns.indexOf(this.n)); }
  remove() {
    this.#change(({ n }, at) => {
      this.field = null;
      this.store.act("delete", { n });
      const ns = this.ns.toSpliced(at, 1);
      this.#setNs(ns, ns[at] ?? ns.at(-1) ?? null);
    });
  }
  copy() { this.#change((line) => this.add(geometry.shifted(line.quad, 12, 12), this.store.startOf(line))); }
  join() { this.#change(({ n }, at) => { if (at + 1 < this.ns.length) this.store.act("join", { n, m: this.ns[at + 1] }); }); }
  split() {
    this.#change(({ n, quad }) => {
      const { left, right, top, bottom } = geometry.bounds(quad), [x, y] = this.pointer;
      const place = x > left && x < right && y > top && y < bottom ? [x, y] : geometry.centre(quad);
      this.store.act("split", { n, at: geometry.rounded([place])[0] });
    });
  }
  /** In reading order, as the server knows it. */
  sort() { this.#settle(); if (this.mayDraw) this.store.act("order", { p: this.page.p }); }
  #reorder(ns) {
    if (!this.mayDraw || ns.some((n) => typeof n === "string")) return; // a box without its number yet
    this.#settle();
    this.store.act("order", { p: this.page.p, ns });
    this.#setNs(ns);
  }
  async read() {
    this.#settle();
    const { line } = this;
    if (!line) return;
    const asked = typeof line.n === "number" ? { n: line.n } : { p: line.p, quad: line.quad };
    const { text, conf, error } = await ask("/api/read", asked);
    if (error) this.app.notice("not_read", { why: error });
    else if (this.store.line(line.n)) this.store.put({ ...this.store.line(line.n), draft: text, conf });
  }
  #arrow({ key, shiftKey, altKey }) {
    const [x, y] = ARROWS[key].map((each) => each * (shiftKey ? 10 : 1));
    this.#pull((quad) => (altKey ? geometry.grown : geometry.shifted)(quad, x, y));
  }
  keys = [
    ["Enter", "free", "key_edit", () => { if (this.store.mayWrite) this.edit(); }],
    ["Enter", "field", "key_accept", null],
    ["Tab ArrowDown Shift+Tab ArrowUp", "field", "key_boxes", (event) => this.step(way(event))],
    ["Tab Shift+Tab", "free", "key_boxes", (event) => event.target === this.svg && this.step(way(event))],
    [arrows("", "Shift+"), "free", "key_move", (event) => this.#arrow(event)],
    [arrows("Alt+", "Alt+Shift+"), "free", "key_size", (event) => this.#arrow(event)],
    ["[ ]", "free", "key_turn", (event) => this.#pull((quad) => geometry.turned(quad, (way(event) * Math.PI) / 180))],
    ["Ctrl+ArrowUp Ctrl+ArrowDown", "free", "key_order", (event) => this.#change(({ n }, at) =>
      this.#reorder(this.ns.toSpliced(at, 1).toSpliced(Math.max(0, at + way(event)), 0, n)))],
    ["Ctrl+s", "free", "sort", () => this.sort()],
    ["Delete", "free", "delete_box", () => this.remove()],
    ["Ctrl+d", "", "copy_box", () => this.copy()],
    ["r", "free", "read_again", () => { this.read(); }],
    ["m", "free", "join", () => this.join()],
    ["s", "free", "split", () => this.split()],
    ["0", "free", "fit", () => this.fit()],
    ["+ = -", "free", "key_zoom", (event) => this.zoom(1.2 ** way(event), this.pointer)],
    ["o", "free", "numbers", () => { this.isNumbered = !this.isNumbered; this.#paint(); }],
    ["Space", "free", "key_pan", () => { this.isPanning = true; }],
    ["PageUp PageDown", "free", "key_pages", (event) => {
      const other = this.pages[this.pages.findIndex(({ p }) => p === this.page?.p) + way(event)];
      if (other) this.load(other.p);
    }],
    ["F2", "", "key_skip", () => this.settle("skip")],
    ["F9", "", "key_unsure", () => this.settle("unsure")],
    ["F4", "", "key_to_lines", () => { if (typeof this.n === "number") this.app.show("lines", this.n); }],
    ["Escape", "field", "key_close", () => this.#close()],
  ];
}

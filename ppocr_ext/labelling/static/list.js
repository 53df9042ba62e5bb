// A list of any length of which only the rows in sight are in the document.
import { make } from "./dom.js";

const ROW = 32, MORE = 5, FETCH_AFTER = 60; // px; rows beyond the edges; ms

export class List {
  /** pick(index): called at a click. Lines are store.line(ns[index]). */
  constructor(box, store, pick, isNumbered = false) {
    Object.assign(this, { box, store, isNumbered, ns: [], current: -1, rows: [], spacer: make("div", { className: "spacer" }) });
    box.append(this.spacer);
    box.addEventListener("scroll", () => this.draw(), { passive: true });
    box.addEventListener("click", ({ target }) => { if (target.closest(".row")) pick(Number(target.closest(".row").dataset.index)); });
    new ResizeObserver(() => this.draw()).observe(box);
  }
  set(ns) { this.ns = ns; this.spacer.style.height = `${ns.length * ROW}px`; this.draw(); }
  setCurrent(index) {
    this.current = index;
    const top = index * ROW, { scrollTop, clientHeight } = this.box;
    if (index >= 0 && (top < scrollTop || top + 3 * ROW > scrollTop + clientHeight)) this.box.scrollTop = Math.max(0, top - clientHeight / 3);
    this.draw();
  }
  drawSoon() { this.drawing ??= requestAnimationFrame(() => { this.drawing = null; this.draw(); }); }
  draw() {
    const { scrollTop, clientHeight } = this.box;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - MORE);
    const last = Math.min(this.ns.length - 1, Math.ceil((scrollTop + clientHeight) / ROW) + MORE);
    const wanted = Math.max(0, last - first + 1), missing = [];
    for (; this.rows.length < wanted; this.box.append(this.rows.at(-1))) this.rows.push(make("div", { role: "listitem" }));
    while (this.rows.length > wanted) this.rows.pop().remove();
    for (let index = first; index <= last; index++) {
      const row = this.rows[index % wanted], line = this.store.line(this.ns[index]);
      if (!line) missing.push(this.ns[index]);
      const text = (this.isNumbered ? `${index + 1}. ` : "") + (line ? this.store.startOf(line) || "–" : "…");
      if (row.textContent !== text) row.textContent = text;
      row.className = `row ${line?.kind ?? ""} ${index === this.current ? "current" : ""}`;
      row.dataset.index = index;
      row.style.transform = `translateY(${index * ROW}px)`;
      row.setAttribute("aria-setsize", this.ns.length);
      row.setAttribute("aria-posinset", index + 1);
    }
    clearTimeout(this.fetching);
    if (missing.length) this.fetching = setTimeout(() => this.store.need(missing).then(() => this.drawSoon()), FETCH_AFTER);
  }
}

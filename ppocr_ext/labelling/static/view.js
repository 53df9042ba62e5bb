// What the views of lines, sheets, labels and pages have in common: the store and one open field.
import { byId } from "./dom.js";
import { Field } from "./field.js";

const READ_AFTER = 120; // ms on a line before its letters are asked for

export class View {
  field = null;
  /** name: the id of the view's element, whose parts become properties. */
  constructor(app, name) {
    Object.assign(this, { app, store: app.store, name, element: byId(name) });
    for (const part of this.element.querySelectorAll("[data-part]")) this[part.dataset.part] = part;
  }
  get isOpen() { return this.app.view === this; }
  /** A field for the line, which the caller puts in its place; its letters follow. */
  makeField(line, onInput = () => {}) {
    const { store } = this;
    const field = this.field = new Field(line.n, store.startOf(line), line.draft, (text) => {
      store.typing(field.n, text);
      onInput();
    });
    field.input.readOnly = !store.mayWrite;
    setTimeout(async () => { // not for lines that Enter runs through
      if (this.field === field && typeof line.n === "number") field.setReading(await store.letters(line.n));
    }, READ_AFTER);
    return field;
  }
  /** An edited text that was not accepted is kept as a draft. */
  leave() {
    const { field } = this;
    this.field = null;
    if (field?.isTouched) this.store.act("keep", { n: field.n, text: field.value }, { typed: field.value });
  }
  /** Whether line n has another text now than its field began with, and nobody is typing there. */
  isNews(n) {
    const line = this.store.line(n);
    return this.isOpen && this.field?.n === n && line && !this.field.isTouched && !this.app.enter.composing &&
      this.store.startOf(line) !== this.field.start;
  }
  /** Enter in the field; withCtrl: Ctrl+Enter. */
  accept(withCtrl = false) {
    if (!this.field || !this.store.mayWrite) return;
    if (this.field.isMenuOpen) this.field.pickFromMenu();
    else if (this.field.value.trim() || withCtrl) this.acceptText(this.field.value, withCtrl);
    else this.app.notice("refused_empty");
  }
}
